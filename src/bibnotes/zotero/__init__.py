"""Zotero libraries, on the desktop and on the web."""
