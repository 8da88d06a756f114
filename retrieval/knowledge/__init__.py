"""The knowledge graph: what the passages speak of, and what they say of it, each at its exact place.

entities.py, relations.py      found by rules in one passage
store.py, refresh.py           kept in the catalogue, with the passages; found later where it is missing
subgraph.py, pagerank.py       the part that a question leads to, and where a walk in it comes by
hops.py                        what a passage adds to another one
neighbourhood.py               shown to a person
"""
