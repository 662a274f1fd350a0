"""BibTeX files: a source that is edited, not a database that is rewritten."""
