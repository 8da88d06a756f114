"""Tables: read from the stored text of a source, typed, and asked in figures.

    question ─ propose ─ plan ─ run ─ result with its cells ─ sentence with its citations
                           │
    stored text ─ tables_in ─ typed table ─ SQLite in memory

`reading.py` finds the tables in a text, `table.py` and `values.py` type their cells, `plan.py` says what can be done
with one, `planning.py` makes a plan of a question by rules, `by_model.py` by a model, `engine.py` and `running.py` run
it, `computing.py` puts it together for a workspace.
"""
