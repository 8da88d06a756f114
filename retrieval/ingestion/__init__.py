"""From files, archives and web pages to stored passages; `ingest.py` is where it begins."""
