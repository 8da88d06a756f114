"""The options of a run: model, technique, search mode, and who replies; with a hint about better models."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import streamlit as st

from vademecum import Notebook, graph_context, model_use, prompts, speakers
from vademecum.models.local_models import AUTO, names_at_hand
from vademecum.retrieval import retrievers
from vademecum.ui.escaping import plain

BETTER = (
    "Whichever model writes, every sentence is checked; a larger one reads better. Get one in Settings, type its name "
    "above, or start with it. With a remote one, passages leave this machine."
)
AROUND = "A mode, and what is put around it: best+rerank, late+multi-query."
EXAMPLES = """\
VADE_MODEL=ollama:qwen3 vade ui
VADE_MODEL=http://localhost:8080/v1 vade ui
VADE_MODEL=anthropic:MODEL vade ui"""


class RunOptions(NamedTuple):
    """A model, a technique, a search mode, and who replies, by name."""

    model: str
    technique: str
    mode: str
    replier: str = speakers.ROUTER

    def request(self, question: str) -> tuple[str, dict[str, Any]]:
        """The question for that run, and its settings."""
        question_text, speaker_settings = speakers.order(self.replier, question)
        return question_text, {"model": self.model, "technique": self.technique, "mode": self.mode, **speaker_settings}


def choose(notebook: Notebook, *, heading: bool = True, replier: bool = False) -> RunOptions:
    """Draw the options in a popover; they hold for this session. With `replier`, who replies can be chosen too."""
    model = notebook.model_name(st.session_state.get("model"))
    if heading:
        st.html('<div class="vade-heading">Answers by</div>')
    with st.popover(plain(model, limit=28), icon=":material/tune:", width="stretch"):
        options = fields(notebook, "", replier=replier)
        st.caption(f"**A better model.** {BETTER}")
        st.code(EXAMPLES, language="bash", wrap_lines=True)
    return options


def fields(notebook: Notebook, key: str, *, replier: bool = True) -> RunOptions:
    """Draw the fields; their keys begin with `key`, so that a page can have them more than once."""
    settings, techniques = notebook.settings, prompts.names("answer")
    models = list(dict.fromkeys([notebook.settings_as_set.model, *names_at_hand()]))
    selected = st.selectbox("Model", models, key=f"{key}model", accept_new_options=True)
    model = notebook.model_name(selected)
    st.caption(plain(f"{model}: {model_use.about(model)}" if selected == AUTO else model_use.about(model)))
    technique = st.selectbox(
        "How it is asked to draft", techniques, index=techniques.index(settings.technique), key=f"{key}technique"
    )
    st.caption(plain(prompts.load(f"answer/{technique}").description))
    modes = retrievers.members.names()
    offered_modes = list(dict.fromkeys([settings.mode, *modes]))
    mode = st.selectbox("How the documents are searched", offered_modes, key=f"{key}mode", accept_new_options=True)
    mode = mode or settings.mode
    st.caption(plain(retrievers.members.about(mode) if mode in modes else AROUND))
    replier_name = speakers.ROUTER
    if replier:
        replier_meanings = speakers.descriptions()
        replier_name = st.selectbox("Who replies", list(replier_meanings), key=f"{key}replier", format_func=_spoken)
        st.caption(plain(replier_meanings[replier_name]))
    return RunOptions(model, technique, mode, replier_name)


def known_to(graph: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the settings that a run of the graph may choose; all else would be refused."""
    choices = graph_context.choices(graph) if graph else []
    return {name: value for name, value in settings.items() if name in choices}


def _spoken(replier: str) -> str:
    if replier == speakers.ROUTER:
        return "Whoever fits"
    return replier.replace("chain:", "chain: ").replace("-", " ").capitalize()
