"""The progress of an ingestion, file by file, and its report: what was added, and what was not, with the reason."""

import streamlit as st

from vademecum.retrieval.ingestion.ingest_report import IngestReport, Progress
from vademecum.ui.escaping import markup, plain
from vademecum.ui.jobs import Job

FAILURES_SHOWN = 50
FILES_SHOWN = 6
"""Files listed during the ingestion: the latest, and those that have failed so far, up to `FAILURES_SHOWN`."""


def show_progress(job: Job[Progress, IngestReport]) -> None:
    """Draw how many files are done, and the latest of them."""
    progress = job.latest_event
    if progress is None or progress.waits:
        st.progress(0.0, f"Getting ready… {plain(progress.waits) if progress else ''}")
        return
    st.progress(
        progress.done / max(progress.total, 1), f"{progress.done} of {progress.total}: {plain(progress.file, limit=60)}"
    )
    finished_files = files(job)
    failed_files = [file for file in finished_files if file.error]
    listed_files = [
        *failed_files[-FAILURES_SHOWN:],
        *[file for file in finished_files if not file.error][-FILES_SHOWN:],
    ]
    if listed_files:
        st.html(f'<ul class="vade-files" aria-label="Files">{"".join(map(_file, listed_files))}</ul>')


def files(job: Job[Progress, IngestReport]) -> list[Progress]:
    """The report on each file that is done, in order; with the reason where it failed."""
    finished_files: list[Progress] = []
    for _, progress in list(job.events):
        if progress.done > (finished_files[-1].done if finished_files else 0):
            finished_files.append(progress)
    return finished_files


def _file(file: Progress) -> str:
    mark, reason = ("✗", f": {markup(file.error)}") if file.error else ("✓", "")
    return f'<li class="{"failed" if file.error else "done"}">{mark} <bdi>{markup(file.file)}</bdi>{reason}</li>'


def show(report: IngestReport) -> None:
    """Draw the report."""
    counts = ", ".join(
        f"{count} {change}"
        for change in ("added", "updated", "unchanged", "deleted")
        if (count := getattr(report, change))
    )
    if counts:
        st.success(f"{counts.capitalize()} in {report.seconds:.1f} s", icon=":material/check:")
    if report.failed:
        lines = [f"- **{plain(file.path)}**: {plain(file.error)}" for file in report.failed[:FAILURES_SHOWN]]
        if (hidden_count := len(report.failed) - FAILURES_SHOWN) > 0:
            lines.append(f"- and {hidden_count} more")
        st.warning("Not added:\n\n" + "\n".join(lines), icon=":material/warning:")
    if report.notes:
        lines = [f"- **{plain(file.path)}**: {plain(file.note)}" for file in report.notes[:FAILURES_SHOWN]]
        st.info("Good to know:\n\n" + "\n".join(lines), icon=":material/info:")
