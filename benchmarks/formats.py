"""What becomes of each file of a folder: a table of path, outcome, and passages or the reason. Nothing is embedded.

python -m benchmarks.formats ../shared/documents
"""

import sys
import time
from pathlib import Path

from vademecum.core.errors import DocumentError
from vademecum.core.settings import load_settings
from vademecum.retrieval import loaders
from vademecum.retrieval.ingestion.archives import SUFFIX as ARCHIVE
from vademecum.retrieval.ingestion.discover import FoundFile, discover
from vademecum.retrieval.ingestion.file_reader import FileReader
from vademecum.retrieval.splitters.structure import split


def main(folder: str) -> None:
    """Print the table, in Markdown."""
    reader = FileReader(load_settings())
    found = discover([folder], suffixes={*loaders.kinds(), ARCHIVE}, leave_out=Path("/nowhere"))
    reader.archives.unpack(found, lambda name: loaders.kind_of(Path(name)) is not None or not name.suffix)
    rows = {error.path: ("listed", error.reason, 0.0) for error in found.failed}
    rows |= {file.path: _outcome(reader, file) for file in found.files}
    print("| file | outcome | passages, or the reason | seconds |\n|---|---|---|--:|")
    for path, (outcome, told, seconds) in sorted(rows.items()):
        print(f"| {path} | {outcome} | {told} | {seconds:.2f} |")


def _outcome(reader: FileReader, file: FoundFile) -> tuple[str, str, float]:
    began = time.perf_counter()
    try:
        loaded = reader.load(file, reader.read(file, reader.status(file).size))
    except DocumentError as error:
        return "listed", error.reason, time.perf_counter() - began
    found = split(
        loaded.text, kind=loaded.kind, page_starts=loaded.page_starts, title=loaded.title, layout=loaded.layout
    )
    places = f"; the first: {found[0].place or f'page {found[0].page}'}" if found[0].place or found[0].page else ""
    notes = "".join(f"; {note}" for note in loaded.notes)
    told = f"{len(found)} passages, {len(loaded.text):,} characters{places}{notes}"
    return f"ingested ({loaded.kind})", told, time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1])
