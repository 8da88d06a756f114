"""`vade ingest`: add documents, or bring them up to date."""

from typing import TYPE_CHECKING

import click

from vademecum.cli._group import global_options
from vademecum.cli._open import open_notebook
from vademecum.cli._terminal import note, say, say_json

if TYPE_CHECKING:
    from vademecum.retrieval.ingestion.ingest_report import IngestReport


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--collection", default="default", show_default=True, help="Put them into this collection.")
@click.option(
    "--splitter",
    metavar="NAME",
    help="Cut documents by it, those that are stored already too; for good by VADE_SPLITTER.",
)
def command(paths: tuple[str, ...], collection: str, splitter: str | None) -> int:
    """Add files, folders, archives and web pages, or bring them up to date; what is gone from a folder is dropped.

    PATH may be the address of a page or of a site map: https://...
    """
    with open_notebook(splitter=splitter) as notebook:
        report = notebook.ingest(*paths, collection=collection)
    if global_options().json:
        say_json(report.model_dump())
    else:
        _show(report)
    return int(bool(report.failed) and not (report.added or report.updated or report.unchanged))


def _show(report: "IngestReport") -> None:
    for failed in report.failed:
        note(f"not ingested: {failed.path}: {failed.error}")
    for noted in report.notes:
        note(f"note: {noted.path}: {noted.note}")
    counts = ", ".join(
        f"{count} {what}"
        for what in ("added", "updated", "unchanged", "deleted")
        if (count := getattr(report, what)) or what == "added"
    )
    totals = f"the collection holds {report.sources} documents, {report.passages} passages"
    say(f"{counts} in {report.seconds:.1f} s; {totals}")
