"""The catalogue: every source with its text, passages, vectors and words, in one SQLite file.

`catalogue.py` changes it, `reader.py` reads it, `database.py` opens the file and brings it up to date.
"""
