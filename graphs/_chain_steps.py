"""Steps of chains that need no language model, as LCEL runnables.

runnable: vademecum.graphs._chain_steps:reading_time
"""

from langchain_core.runnables import RunnableLambda

WORDS_A_MINUTE = 238
"""Silent reading of English non-fiction by adults (Brysbaert 2019, a meta-analysis of 190 studies)."""


def _reading_time(inputs: dict[str, str]) -> str:
    words = len(inputs["text"].split())
    return f"{words} words, {max(1, round(words / WORDS_A_MINUTE))} min"


def _study_card(inputs: dict[str, str]) -> str:
    head = f"# {inputs['topic'].capitalize()} ({inputs['length']})"
    return f"{head}\n\n{inputs['summary']}\n\n## Test yourself\n\n{inputs['question']}"


reading_time = RunnableLambda(_reading_time)
"""How long a text is, and how long it takes to read: `{"text": ...}` to "476 words, 2 min"."""

study_card = RunnableLambda(_study_card)
"""The parts of a study card, put together as Markdown."""
