"""Two processes that write and three that read, all at once: no error, nothing lost, nothing stale when it is over."""

import multiprocessing
import random
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from restarts import begin, found
from workspaces import contents, indexed, open_with_tokens, passage_ids

from vademecum.core.types import Scope

SECONDS = 10.0
MINUTE = 60.0
"""Under --complete."""
WRITERS = ("ann", "bob")
READERS = 3
FILES = 8


def write(folder: Path, number: int, edition: int) -> None:
    """A file whose words are its own: "ann3x17" is the third file of ann as it was written the 17th time."""
    mark = f"{folder.name}{number}x{edition}"
    body = "\n\n".join(f"Paragraph {i} of {mark} is about {mark} and gardens. " * 3 for i in range(3))
    (folder / f"{number:02}.md").write_text(f"# {mark}\n\n{body}\n", "utf-8")


def writing(home: Path, folder: Path, until: float, said: Any) -> None:
    """Add, edit, remove and forget, and say after each time which editions a reader must find from then on."""
    from vademecum.retrieval.ingestion.ingest import ingest
    from vademecum.retrieval.maintenance.forget import forget

    chance, editions = random.Random(folder.name), dict.fromkeys(range(FILES), 0)
    there = set(editions)
    with closing(open_with_tokens(home)) as library:
        while time.time() < until:
            number = chance.randrange(FILES)
            file = folder / f"{number:02}.md"
            if number in there and chance.random() < 0.3:
                file.unlink()
                there.remove(number)
                if chance.random() < 0.5:
                    forget(library, str(file), collection=folder.name)
                    said.put((folder.name, number, None, time.time()))
                    continue
            else:
                editions[number] += 1
                write(folder, number, editions[number])
                there.add(number)
            report = ingest(library, [folder], collection=folder.name)
            assert report.failed == []
            said.put((folder.name, number, editions[number] if number in there else None, time.time()))
            time.sleep(chance.random() / 5)


def reading(home: Path, until: float, said: Any, seed: int) -> None:
    """Search in every mode; what is found is whole. Now and then say when what was found, by a search for one file."""
    chance = random.Random(seed)
    with closing(open_with_tokens(home)) as library:
        rounds = 0
        while time.time() < until or rounds == 0:
            rounds += 1
            for _, _, hits, *_ in found(library, [f"What is paragraph {chance.randrange(3)} about?"]):
                for hit in hits:
                    assert hit.passage.text.startswith(("Paragraph", "#")), hit
            writer, number = chance.choice(WRITERS), chance.randrange(FILES)
            for mode in ("sparse", "dense"):
                began = time.time()
                path = f"{number:02}.md"
                hits = library.search("gardens", k=500, mode=mode, scope=Scope(collection=writer))
                seen = {hit.title for hit in hits if hit.path == path}
                said.put((writer, number, mode, seen, began, time.time()))


@pytest.mark.slow
@pytest.mark.soak
def test_all_at_once_for_a_while(tmp_path, pytestconfig):
    home, seconds = tmp_path / "home", MINUTE if pytestconfig.getoption("--complete") else SECONDS
    folders = [tmp_path / name for name in WRITERS]
    start(home, folders)
    context = multiprocessing.get_context("forkserver")
    with context.Manager() as manager:
        written, read, until = manager.Queue(), manager.Queue(), time.time() + seconds
        work = [begin(writing, home, folder, until, written) for folder in folders]
        work += [begin(reading, home, until, read, seed) for seed in range(READERS)]
        for process in work:
            process.join(seconds + 120)
        assert [process.exitcode for process in work] == [0] * len(work)
        told = history(drained(written))
        searches = drained(read)
    assert len(searches) > READERS
    late = [it for it in searches if not fresh(it, told)]
    assert late == []
    the_end(home, tmp_path / "undisturbed", folders)


def start(home: Path, folders: list[Path]) -> None:
    from vademecum.retrieval.ingestion.ingest import ingest

    with closing(open_with_tokens(home)) as library:
        for folder in folders:
            folder.mkdir()
            for number in range(FILES):
                write(folder, number, 0)
            ingest(library, [folder], collection=folder.name)


def drained(queue: Any) -> list[Any]:
    items = []
    while not queue.empty():
        items.append(queue.get())
    return items


def history(told: list[Any]) -> dict[tuple[str, int], list[tuple[int | None, float]]]:
    """For each file, which edition was stored (None: none) and when that was reported, in order."""
    found: dict[tuple[str, int], list[tuple[int | None, float]]] = {}
    for writer, number, edition, at in told:
        found.setdefault((writer, number), [(0, 0.0)]).append((edition, at))
    return found


def fresh(search: Any, told: dict[tuple[str, int], list[tuple[int | None, float]]]) -> bool:
    """Whether a search found what was reported before it began, or what was on its way then.

    Of a file that is being stored anew, search by meaning may for a moment find neither the old nor the new.
    """
    writer, number, mode, seen, began, ended = search
    states = told.get((writer, number), [(0, 0.0)])
    before = max(place for place, (_, at) in enumerate(states) if at <= began)
    # The next state is stored before it is reported, so it may be seen at any time after the one before it.
    coming = [state for last, state in pairwise(states[before:]) if last[1] <= ended]
    titles = [set() if edition is None else {f"{writer}{number}x{edition}"} for edition, _ in [states[before], *coming]]
    return seen in titles or (mode == "dense" and bool(coming) and not seen)


def the_end(home: Path, undisturbed: Path, folders: list[Path]) -> None:
    """What there is in the end is what one run over the folders as they are comes to."""
    from vademecum.retrieval.ingestion.ingest import ingest

    with closing(open_with_tokens(home)) as library, closing(open_with_tokens(undisturbed)) as other:
        for folder in folders:
            report = ingest(library, [folder], collection=folder.name)
            assert (report.added, report.updated, report.deleted, report.failed) == (0, 0, 0, [])
            ingest(other, [folder], collection=folder.name)
        assert contents(library) == contents(other)
        assert passage_ids(library) == set.union(*(indexed(library, folder.name) for folder in folders))
