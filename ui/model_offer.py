"""Getting a better chat model from the page: a button, then its progress, while all else goes on; and others to use.

A pull is a job of the process: it goes on whatever happens to the page, and every tab shows it. What has come when the
process ends is kept, and the button then goes on from there.
"""

from pathlib import Path

import streamlit as st

from vademecum import Notebook, model_use
from vademecum.core.errors import PullStoppedError, VademecumError
from vademecum.model_use import Alternative
from vademecum.models import downloads
from vademecum.models.downloads import Progress
from vademecum.models.local_models import LocalModel
from vademecum.ui import frame
from vademecum.ui.escaping import line, markup, plain, show_error
from vademecum.ui.jobs import Job, Jobs

REDRAW_SECONDS = 1.0
MB = 1_000_000


class PullJob(Job[Progress, Path]):
    """A pull of `model` in the background. `announced`: a page has said that it is here."""

    def __init__(self, model: LocalModel) -> None:
        self.model = model
        self.announced = False
        super().__init__(lambda _: downloads.pull(model.name, progress=self.report, stop=self.cancel_requested))


@st.cache_resource(show_spinner=False)
def _registry() -> Jobs[PullJob]:
    """The pulls of this process, by model."""
    return Jobs(keep=5)


def announce(notebook: Notebook) -> None:
    """Say once that a model has come, and what to do to use it."""
    for model in model_use.local_models().values():
        job = _registry().get(model.name)
        if job is None or not job.finished or job.error or job.announced:
            continue
        job.announced = True
        used = notebook.model_name() == model.name
        then = "It answers from now on." if used else "Choose it in Settings, or under “Answers by”."
        st.toast(f"{plain(model.name)} is here. {then}", icon=":material/check:", duration="long")


def show(notebook: Notebook) -> None:
    """Draw the offer of a better model, where there is one to propose: with its button, or why it did not come."""
    model = model_use.offer(notebook)
    if model is not None:
        _show_model(model, "A better model, on this machine too: its answers read better. No key, no account:")


def show_pulls() -> None:
    """Draw the progress of pulls that are under way."""
    for job in _registry().active_jobs():
        _show_progress(job, "beside")


def show_all(notebook: Notebook) -> None:
    """Draw every model of the catalogue that fits this machine, and servers and providers that could be used."""
    announce(notebook)
    frame.section(
        "Models that run on this machine",
        "Without a key, and nothing leaves this machine. They are kept for all workspaces.",
    )
    used, offer = notebook.model_name(), model_use.offer(notebook)
    for row in model_use.rows(notebook.settings):
        if row.model.is_installed:
            with st.container(border=True, horizontal=True, key=f"installed-{row.model.name}"):
                st.html(f'<p class="vade-about">{_about(row.model)}</p>', width="stretch")
                st.html(f'<p class="vade-about">{"in use" if row.model.name == used else "installed"}</p>')
        elif row.fits:
            _show_model(row.model, "The one to begin with:" if row.model == offer else "")
    _others(notebook)


def _about(model: LocalModel) -> str:
    """The model in one line, as markup."""
    size = model_use.gigabytes(model.size)
    return f"<b>{markup(model.name)}</b> · {markup(model.title)} · {size} · {markup(model.licence)}"


def _show_model(model: LocalModel, lead: str) -> None:
    job = _registry().get(model.name)
    if job is not None and not job.finished:
        _show_progress(job, "page")
        return
    with st.container(border=True, key=f"offer-{model.name}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            first = f"{markup(lead)}<br>" if lead else ""
            st.html(f'<p class="vade-about">{first}{_about(model)}</p>', width="stretch")
            st.button(
                _label(model), icon=":material/download:", key=f"pull-{model.name}", on_click=_pull, args=(model,)
            )
        error = job.error if job else None
        if isinstance(error, VademecumError) and not isinstance(error, PullStoppedError):
            show_error(error)


def _label(model: LocalModel) -> str:
    here = 100 * downloads.bytes_here(model) // model.size
    return f"Go on ({here} % is here)" if here else f"Get it ({model_use.gigabytes(model.size)})"


def _pull(model: LocalModel) -> None:
    _registry().start(model.name, lambda: PullJob(model))


@st.fragment(run_every=REDRAW_SECONDS)
def _show_progress(job: PullJob, place: str) -> None:
    if job.finished:
        st.rerun()
    at = job.latest_event
    with st.container(border=True, key=f"pulling-{place}-{job.model.name}", gap="xsmall"):
        if at is None:
            st.progress(0.0, f"{plain(job.model.name)}: getting ready")
        else:
            size = f"{at.here // MB:,} of {at.size // MB:,} MB"
            st.progress(at.here / at.size, f"{plain(job.model.name)}: {size}, {plain(at.step, limit=60)}")
        with st.container(horizontal=True, vertical_alignment="center"):
            stop_key = f"stop-{place}-{job.model.name}"
            stopping = job.cancel_requested.is_set()
            st.button("Stop", icon=":material/stop:", key=stop_key, on_click=job.cancel, disabled=stopping)
            st.html('<p class="vade-about">You can go on asking meanwhile. What has come is kept.</p>', width="stretch")


def _others(notebook: Notebook) -> None:
    """Servers on this machine and providers with a key: asked, and used, only where a person clicks."""
    frame.section(
        "Others that you have",
        "An Ollama or LM Studio that runs on this machine, and providers whose key is here. None is used unless you "
        "say so. With a provider, your questions and the passages to answer from leave this machine.",
    )
    if st.button("Look for them", icon=":material/search:", key="look-for-models"):
        st.session_state["other-models"] = [*model_use.of_servers(), *model_use.of_providers()]
    alternatives: list[Alternative] | None = st.session_state.get("other-models")
    if alternatives is None:
        return
    if not alternatives:
        st.caption("There are none: nothing answers at Ollama's and LM Studio's usual ports, and no key is set.")
    for number, alternative in enumerate(alternatives):
        with st.container(horizontal=True, vertical_alignment="center", key=f"other-{number}"):
            away = "; questions and passages leave this machine" if alternative.leaves else ""
            text = f"<b>{markup(line(alternative.name))}</b> · {markup(line(alternative.where))}{away}"
            st.html(f'<p class="vade-about">{text}</p>', width="stretch")
            st.button("Use it", key=f"use-other-{number}", on_click=_use, args=(notebook, alternative.name))
    if error := st.session_state.pop("other-models-error", ""):
        st.error(plain(error), icon=":material/error:")


def _use(notebook: Notebook, name: str) -> None:
    try:
        model_use.use(notebook, name)
    except VademecumError as error:
        st.session_state["other-models-error"] = str(error)
        return
    for key in ("setting-model", "model"):  # the fields that would still show the one before
        st.session_state.pop(key, None)
