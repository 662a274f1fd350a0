"""Tests of the Zotero test server itself: it has to behave as the recordings say."""
