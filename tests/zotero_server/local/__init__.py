"""The local API of Zotero's desktop."""
