"""The papers of a library, grouped, for reading, citing and editing."""
