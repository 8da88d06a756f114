"""From files to evidence: what is found for a question, and which sentences of it answer.

`library.py` puts the parts together: `ingestion/` reads files (`loaders/`) and cuts them (`splitters/`), `catalogue/`
keeps them, `stores/` their vectors and `knowledge/` what they say of entities, `retrievers/` and `transforms/` rank
passages, `evidence/` their sentences, and `maintenance/` forgets, backs up and repairs.

A new format is one file in `loaders/`, a new way to rank one in `retrievers/`.
"""
