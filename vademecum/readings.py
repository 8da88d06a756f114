"""What was read of a document: its text with pages and places, what was left out; and cases made of misreadings."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vademecum.core import private_files
from vademecum.core.errors import UsageError
from vademecum.core.types import Source
from vademecum.retrieval.layout import Layout, stretches

if TYPE_CHECKING:
    from vademecum.notebook import Notebook

CASES = "cases"
"""The folder of a workspace in which misreadings are kept."""


@dataclass(frozen=True)
class Reading:
    """A document, the text that was kept of it, where its pages begin in that (None: no pages), and its layout."""

    source: Source
    text: str
    page_starts: tuple[int, ...] | None
    layout: Layout

    @classmethod
    def of(cls, notebook: "Notebook", name: str) -> Self:
        """What was read of the document whose path is `name`, or ends in it.

        Raises:
            UsageError: there is none, or several.
        """
        sources = notebook.sources()
        matches = [source for source in sources if source.path == name]
        matches = matches or [
            source for source in sources if f"{source.root}/{source.path}".endswith(f"/{name.lstrip('/')}")
        ]
        if len(matches) != 1:
            several = ", ".join(f"{source.root}/{source.path}" for source in matches[:5])
            problem = (
                f"several documents are called {name!r}: {several}" if matches else f"no document is called {name!r}"
            )
            raise UsageError(f"{problem}; see: vade sources")
        catalogue, source = notebook.library.catalogue, matches[0]
        starts = catalogue.page_starts(source.id)
        return cls(
            source, notebook.text(source), None if starts is None else tuple(starts), catalogue.layout(source.id)
        )

    def parts(self) -> Iterator[tuple[str, str]]:
        """The text in stretches, each with the name of its page and place."""
        for begin, end, page, place in stretches(len(self.text), self.page_starts or (), self.layout.places):
            if begin < end:
                yield ", ".join(filter(None, (f"page {page}" if page else "", place))), self.text[begin:end]

    def shape(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "source": self.source.model_dump(mode="json"),
            "text": self.text,
            "page_starts": self.page_starts,
            "places": [{"start": start, "name": name} for start, name in self.layout.places],
            "left_out": [{"where": where, "text": text} for where, text in self.layout.left_out],
        }


def keep_case(notebook: "Notebook", reading: Reading, has: Sequence[str], lacks: Sequence[str]) -> Path:
    """Make a case of a document that was misread: a copy of it, and what its text should have and lack; the folder.

    Raises:
        UsageError: nothing is said of its text, or the file is gone, or inside an archive.
    """
    if not has and not lacks:
        raise UsageError("say what its text should have, with --has, or should not have, with --lacks")
    file = Path(reading.source.root, reading.source.path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{reading.source.path} cannot be copied: it is gone, or inside another file") from error
    folder = _new_folder(notebook.library.home / CASES, re.sub(r"[^\w-]+", "-", file.stem).strip("-").lower() or "case")
    private_files.make_folder(folder / "in")
    (folder / "in" / file.name).write_bytes(content)
    text = [{"path": file.name, "has": list(has), "lacks": list(lacks)}]
    case = {"about": "A document that was misread.", "kind": "misread", "text": text}
    (folder / "case.json").write_text(json.dumps(case, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return folder


def _new_folder(above: Path, name: str) -> Path:
    number = 1
    while (above / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return above / (name if number == 1 else f"{name}-{number}")
