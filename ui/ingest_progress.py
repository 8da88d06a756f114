"""How far an ingestion is, file by file, and what it came to: what was added, and what was not, with the reason."""

import streamlit as st

from vademecum.retrieval.ingestion.ingest_report import IngestReport
from vademecum.ui.escaping import markup, plain
from vademecum.ui.jobs import Job
from vademecum.ui.shared_notebook import Reading

FAILURES_SHOWN = 50
FILES_SHOWN = 6
"""Files listed while it goes on: the latest, and every one that failed until then, up to `FAILURES_SHOWN`."""

SLOW_SECONDS = 2.0
"""Without news for so long, it is likely another process that is waited for."""


def show_progress(job: Job[Reading | IngestReport]) -> None:
    """Draw how far it is."""
    at = next((told for _, told in reversed(job.told) if isinstance(told, Reading)), None)
    if at is None:
        waits = " Where another process is writing this workspace, it is waited for." * (job.seconds > SLOW_SECONDS)
        st.progress(0.0, f"Getting ready…{waits}")
        return
    st.progress(at.done / max(at.total, 1), f"{at.done} of {at.total}: {plain(at.file, limit=60)}")
    ended = files(job)
    failed = [one for one in ended if one.error]
    shown = [*failed[-FAILURES_SHOWN:], *[one for one in ended if not one.error][-FILES_SHOWN:]]
    if shown:
        st.html(f'<ul class="vade-files" aria-label="Files">{"".join(map(_file, shown))}</ul>')


def files(job: Job[Reading | IngestReport]) -> list[Reading]:
    """The files that are done, in order, each with why it failed, if it did."""
    ended, done = [], 0
    for _, told in list(job.told):
        if isinstance(told, Reading) and told.done > done:
            ended.append(told)
            done = told.done
    return ended


def _file(one: Reading) -> str:
    mark, reason = ("✗", f": {markup(one.error)}") if one.error else ("✓", "")
    return f'<li class="{"failed" if one.error else "done"}">{mark} <bdi>{markup(one.file)}</bdi>{reason}</li>'


def show(report: IngestReport) -> None:
    """Draw what it came to."""
    done = ", ".join(
        f"{count} {what}" for what in ("added", "updated", "unchanged", "deleted") if (count := getattr(report, what))
    )
    if done:
        st.success(f"{done.capitalize()} in {report.seconds:.1f} s", icon=":material/check:")
    if report.failed:
        shown = [f"- **{plain(one.path)}**: {plain(one.error)}" for one in report.failed[:FAILURES_SHOWN]]
        if (more := len(report.failed) - FAILURES_SHOWN) > 0:
            shown.append(f"- and {more} more")
        st.warning("Not added:\n\n" + "\n".join(shown), icon=":material/warning:")
    if report.notes:
        noted = [f"- **{plain(one.path)}**: {plain(one.note)}" for one in report.notes[:FAILURES_SHOWN]]
        st.info("Good to know:\n\n" + "\n".join(noted), icon=":material/info:")
