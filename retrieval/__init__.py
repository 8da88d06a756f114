"""From files to evidence: loaders, passages, catalogue, indexes, retrievers, and the sentences that answer.

A new format is one file in `loaders/`, a new way to rank one in `retrievers/`.
"""
