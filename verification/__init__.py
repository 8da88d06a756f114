"""Checks each sentence of an answer against its quotes, without a language model.

`quotes` finds a quote in a source; `verdict` says whether quotes carry a sentence. Import what is needed from those.
"""
