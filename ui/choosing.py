"""Who answers, and how: the model and the technique, and what a reader should know about better models."""

from typing import NamedTuple

import streamlit as st

import prompts
from ui.escaping import plain
from vademecum import Notebook

ABOUT = {
    "embedded": "SmolLM2 135M, inside this program. Very small: what it writes is checked sentence by sentence, and "
    "replaced by a quotation where it fails.",
    "extractive": "No language model: the best sentences of your documents, word for word. The fastest.",
}
BETTER = (
    "Whichever model writes, every sentence is checked; a larger one reads better. Type its name above, or start with "
    "it. With a remote one, passages leave this machine."
)
EXAMPLES = """\
VADE_MODEL=ollama:qwen3 vade ui
VADE_MODEL=http://localhost:8080/v1 vade ui
VADE_MODEL=anthropic:MODEL vade ui"""


class Choice(NamedTuple):
    """A model and a technique, by name."""

    model: str
    technique: str


def choose(notes: Notebook, *, heading: bool = True) -> Choice:
    """Draw the choice, folded; what is chosen holds for this session."""
    models = list(dict.fromkeys([notes.settings.model, "embedded", "extractive"]))
    techniques = prompts.names("answer")
    model = st.session_state.get("model") or notes.settings.model
    if heading:
        st.html('<div class="vade-heading">Answers by</div>')
    with st.popover(plain(model, limit=28), icon=":material/tune:", width="stretch"):
        model = st.selectbox("Model", models, key="model", accept_new_options=True) or notes.settings.model
        st.caption(ABOUT.get(model, "Answers as this model does; needs it to be reachable."))
        technique = st.selectbox(
            "How it is asked to draft", techniques, index=techniques.index(notes.settings.technique), key="technique"
        )
        st.caption(plain(prompts.load(f"answer/{technique}").description))
        st.caption(f"**A better model.** {BETTER}")
        st.code(EXAMPLES, language="bash", wrap_lines=True)
    return Choice(model, technique)
