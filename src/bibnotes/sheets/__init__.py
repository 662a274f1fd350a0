"""Sheets: files of reviews for people to edit; and listings, which become sheets."""
