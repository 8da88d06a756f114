"""A prompt as it is written, to be changed: its template, its examples, its variables; and keeping what was made of it.

What has been typed lives in the process, not in the page: it is there again after a reload.
"""

import streamlit as st

from vademecum import Notebook, editing, prompts
from vademecum.core.errors import VademecumError
from vademecum.prompts.drafts import Draft, Fault
from vademecum.prompts.front_matter import FrontMatter
from vademecum.side_by_side import TECHNIQUES
from vademecum.ui import figures
from vademecum.ui.escaping import line, markup, plain, show_error

GIVEN = {
    "question": "what is asked",
    "evidence": "what was found in the documents",
    "forbidden": "the phrases of `forbid`",
    "criteria": "what the draft is judged by",
    "answers": "the only replies there are",
}
"""Where the values of variables come from, where that is always the same."""


class Edited:
    """A prompt under the pen. `draft` is None where nothing was changed; `fault` is what is wrong with it."""

    def __init__(self, draft: Draft | None, fault: Fault | None, front: FrontMatter | None) -> None:
        self.draft = draft
        self.fault = fault
        self.front = front


@st.cache_resource(show_spinner=False)
def _typed(_notes: Notebook) -> dict[str, Draft]:
    """Drafts of this process, by the names of their prompts."""
    return {}


def edit(notes: Notebook, name: str) -> Edited:
    """Draw the editor of the prompt called `name`.

    Raises:
        UsageError: there is no such prompt.
        PromptError: its file cannot be read.
    """
    written, typed = editing.read(name), _typed(notes)
    start = typed.get(name, written)
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
    changed = draft != written
    if changed:
        typed[name] = draft
    else:
        typed.pop(name, None)
    fault = notes.prompts.check(name, draft)
    if fault:
        _show_fault(fault, draft)
    front = _front(name, draft, fault)
    if front:
        _variables(name, front)
    _keep(notes, name, draft, changed, fault)
    return Edited(draft if changed else None, fault, front)


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
    """The variables of the template, and what each is filled with."""
    asked = name.startswith(TECHNIQUES)
    given = [(it, GIVEN.get(it, "given by you") if asked else "given by you") for it in front.inputs]
    given += [(step, f"what {prompt} gives, before") for step, prompt in front.steps.items()]
    given += [(it, GIVEN[it]) for it, held in (("forbidden", front.forbid), ("criteria", front.criteria)) if held]
    shown = "".join(f"<span><code>{{{{{markup(it)}}}}}</code><span>{markup(said)}</span></span>" for it, said in given)
    about = f'<p class="vade-about">{markup(front.description)} <cite>{markup(front.source)}</cite></p>'
    st.html(f'{about}<div class="vade-variables">{shown}</div>')


def _keep(notes: Notebook, name: str, draft: Draft, changed: bool, fault: Fault | None) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if changed:
            with st.popover("Keep this version", icon=":material/bookmark_add:", disabled=fault is not None):
                new = st.text_input("Under the name", editing.free_name(name), key=f"new-{name}")
                figures.note("It becomes a file of the workspace, chosen like any other. Nothing is written over.")
                if st.button("Keep", type="primary", key="keep-draft"):
                    _kept(notes, name, draft, new or "")
            st.button("Back to what is written", type="tertiary", key="undo-draft", on_click=_undo, args=(notes, name))
        elif notes.prompts.is_own(name) and st.button(
            "Delete this version", icon=":material/delete:", type="tertiary", key="delete-version"
        ):
            _confirm_removal(notes, name)


def _kept(notes: Notebook, name: str, draft: Draft, new: str) -> None:
    try:
        kept = notes.prompts.keep(name, draft, new.strip())
    except VademecumError as error:
        show_error(error)
        return
    _undo(notes, name)
    st.session_state["go-to-prompt"] = kept
    st.rerun()


def _undo(notes: Notebook, name: str) -> None:
    _typed(notes).pop(name, None)
    for key in (f"text-{name}", f"examples-{name}"):
        st.session_state.pop(key, None)


def moved() -> None:
    """Go to the version that has just been kept; before the choice of a prompt is drawn."""
    if kept := st.session_state.pop("go-to-prompt", None):
        st.session_state["prompt"] = kept


@st.dialog("Delete this version?")
def _confirm_removal(notes: Notebook, name: str) -> None:
    st.markdown(f"**{plain(name)}** is deleted from the workspace. Experiments made with it stay.")
    if st.button("Delete", type="primary", key="delete-version-confirmed"):
        notes.prompts.forget(name)
        _undo(notes, name)
        st.session_state["go-to-prompt"] = f"{TECHNIQUES}{notes.settings.technique}"
        st.rerun()
