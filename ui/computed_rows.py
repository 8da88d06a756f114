"""Under a computed answer: the cells and rows it rests on, as a table; as a chart where one was asked for."""

import re

import streamlit as st

from vademecum.core.types import Answer
from vademecum.retrieval.tabular import values

_CHART = re.compile(r"\b(?:chart|plot|graph|diagram|draw)\w*\b", re.IGNORECASE)

MOST_SHOWN = 200
"""Rows of the table under an answer."""


def show(question: str, answer: Answer) -> None:
    """Draw what the computed sentences of the answer rest on; nothing where there are none."""
    for sentence in answer.sentences:
        if sentence.origin != "computed" or len(sentence.citations) < 2:
            continue
        cited = sentence.citations[:MOST_SHOWN]
        numbers = [values.read(citation.quote).number for citation in cited]
        with st.expander(f"{len(sentence.citations)} places it is calculated from"):
            st.dataframe(
                {"where": [one.where for one in cited], "cells": [one.quote for one in cited]}, hide_index=True
            )
        if _CHART.search(question) and all(number is not None for number in numbers):
            st.bar_chart({"where": [one.where for one in cited], "value": numbers}, x="where", y="value")
