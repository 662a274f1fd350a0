"""The web API: api.zotero.org."""
