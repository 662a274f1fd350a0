"""Citing papers: in the text, in the form that each kind of document takes, and as references."""
