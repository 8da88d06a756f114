"""The editor of a prompt: its template, its examples, its variables; a changed version can be kept.

Drafts live in the process, not in the page: they are still there after a reload.
"""

import streamlit as st

from vademecum import Notebook, editing, prompts
from vademecum.core.errors import VademecumError
from vademecum.prompts.drafts import Draft, Fault
from vademecum.prompts.front_matter import FrontMatter
from vademecum.side_by_side import TECHNIQUES
from vademecum.ui import figures
from vademecum.ui.escaping import line, markup, plain, show_error

SOURCES = {
    "question": "what is asked",
    "evidence": "what was found in the documents",
    "forbidden": "the phrases of `forbid`",
    "criteria": "what the draft is judged by",
    "answers": "the only replies there are",
}
"""Variables whose values always come from the same source."""


class EditedPrompt:
    """A prompt in the editor. `draft` is None if nothing was changed; `fault` is the first error in it."""

    def __init__(self, draft: Draft | None, fault: Fault | None, front: FrontMatter | None) -> None:
        self.draft = draft
        self.fault = fault
        self.front = front


@st.cache_resource(show_spinner=False)
def _drafts(_notebook: Notebook) -> dict[str, Draft]:
    """Drafts of this process, by the names of their prompts."""
    return {}


def edit(notebook: Notebook, name: str) -> EditedPrompt:
    """Draw the editor of the prompt called `name`.

    Raises:
        UsageError: there is no such prompt.
        PromptError: its file cannot be read.
    """
    saved_draft, drafts = editing.read(name), _drafts(notebook)
    start = drafts.get(name, saved_draft)
    text = st.text_area(
        "Template", start.text, height=430, key=f"text-{name}", max_chars=editing.MAX_CHARS, persist_state="session"
    )
    examples = start.examples
    if start.examples or "\nexamples:" in text:
        with st.expander(f"Examples ({len(start.examples.splitlines())}, one JSON object a line)"):
            examples = st.text_area(
                "Examples",
                start.examples,
                height=260,
                key=f"examples-{name}",
                label_visibility="collapsed",
                persist_state="session",
            )
    draft = Draft(text or "", examples or "")
    changed = draft != saved_draft
    if changed:
        drafts[name] = draft
    else:
        drafts.pop(name, None)
    fault = notebook.prompts.check(name, draft)
    if fault:
        _show_fault(fault, draft)
    front = _front(name, draft, fault)
    if front:
        _variables(name, front)
    _keep(notebook, name, draft, changed, fault)
    return EditedPrompt(draft if changed else None, fault, front)


def _front(name: str, draft: Draft, fault: Fault | None) -> FrontMatter | None:
    if fault:
        return None
    with prompts.drafts.in_place({name: draft}):
        return prompts.load(name).front


def _show_fault(fault: Fault, draft: Draft) -> None:
    lines = (draft.examples if fault.part == "examples" else draft.text).splitlines()
    where = f"{'Examples, line' if fault.part == 'examples' else 'Line'} {fault.line}: " if fault.line else ""
    st.error(f"{where}{plain(fault.problem)}", icon=":material/error:")
    if 0 < fault.line <= len(lines):
        st.html(
            f'<pre class="vade-line"><span>{fault.line}</span>{markup(line(lines[fault.line - 1], limit=200))}</pre>'
        )


def _variables(name: str, front: FrontMatter) -> None:
    """Draw the variables of the template, and where the value of each comes from."""
    is_answer_prompt = name.startswith(TECHNIQUES)
    meanings = {
        variable: SOURCES.get(variable, "given by you") if is_answer_prompt else "given by you"
        for variable in front.inputs
    }
    meanings |= {step: f"what {prompt} gives, before" for step, prompt in front.steps.items()}
    if front.forbid:
        meanings["forbidden"] = SOURCES["forbidden"]
    if front.criteria:
        meanings["criteria"] = SOURCES["criteria"]
    spans = "".join(
        f"<span><code>{{{{{markup(variable)}}}}}</code><span>{markup(meaning)}</span></span>"
        for variable, meaning in meanings.items()
    )
    description = f'<p class="vade-about">{markup(front.description)} <cite>{markup(front.source)}</cite></p>'
    st.html(f'{description}<div class="vade-variables">{spans}</div>')


def _keep(notebook: Notebook, name: str, draft: Draft, changed: bool, fault: Fault | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if changed:
            with st.popover("Keep this version", icon=":material/bookmark_add:", disabled=fault is not None):
                new_name = st.text_input("Under the name", editing.free_name(name), key=f"new-{name}")
                figures.note("It becomes a file of the workspace, chosen like any other. Nothing is written over.")
                if st.button("Keep", type="primary", key="keep-draft"):
                    _save(notebook, name, draft, new_name or "")
            st.button(
                "Back to what is written", type="tertiary", key="undo-draft", on_click=_undo, args=(notebook, name)
            )
        elif notebook.prompts.is_own(name) and st.button(
            "Delete this version", icon=":material/delete:", type="tertiary", key="delete-version"
        ):
            _confirm_removal(notebook, name)


def _save(notebook: Notebook, name: str, draft: Draft, new_name: str) -> None:
    try:
        saved_name = notebook.prompts.keep(name, draft, new_name.strip())
    except VademecumError as error:
        show_error(error)
        return
    _undo(notebook, name)
    st.session_state["go-to-prompt"] = saved_name
    st.rerun()


def _undo(notebook: Notebook, name: str) -> None:
    _drafts(notebook).pop(name, None)
    for key in (f"text-{name}", f"examples-{name}"):
        st.session_state.pop(key, None)


def go_to_saved() -> None:
    """Select the version that has just been kept; to be called before the select box is drawn."""
    if saved_name := st.session_state.pop("go-to-prompt", None):
        st.session_state["prompt"] = saved_name


@st.dialog("Delete this version?")
def _confirm_removal(notebook: Notebook, name: str) -> None:
    st.markdown(f"**{plain(name)}** is deleted from the workspace. Experiments made with it stay.")
    if st.button("Delete", type="primary", key="delete-version-confirmed"):
        notebook.prompts.forget(name)
        _undo(notebook, name)
        st.session_state["go-to-prompt"] = f"{TECHNIQUES}{notebook.settings.technique}"
        st.rerun()
