"""What every test stands on: a home of its own, a cleared environment, and no socket but loopback.

A test that needs more than `./run` installs has a marker: `extra`, `browser`, `model` or `shared`. Where that is
missing the test is skipped with the reason; under `--complete`, which CI uses once all is installed, it fails.
"""

import fcntl
import functools
import importlib.metadata
import os
import shutil
import signal
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from isolation import FOREIGN, attempts, refuse_remote_hosts
from packaging.requirements import Requirement

from vademecum.core.settings import load_settings, models_folder

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from vademecum import Notebook

ROOT = Path(__file__).resolve().parent.parent
HANDBOOK = ROOT / "samples" / "handbook"
FETCHED_MODELS = models_folder()
"""Where the person who runs the tests keeps models; a test's own home has none."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


MARKED_BY_FIXTURE = {"chromium": "browser", "shared": "shared", "small_model": "model"}
"""Fixtures whose users get a marker."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--complete",
        action="store_true",
        help="fail tests that lack an extra, a browser or the evaluation data instead of skipping them, "
        "and let tests under load take their full time",
    )


def pytest_configure() -> None:
    # An audit hook sees every connection that Python code makes, whichever library makes it, and cannot be undone.
    sys.addaudithook(refuse_remote_hosts)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # So a script's `&` leaves it, and whatever is started from there would not hear Ctrl-C.
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before pytest selects by marker
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Files with slow tests first: the quick ones fill the end, and no worker waits long for the other's last file.

    Of a class that has more tests than CI has time for, CI runs those that its `IN_CI` names.
    """
    if config.getoption("--complete"):
        items[:] = [item for item in items if getattr(item, "originalname", "") in _in_ci(item)]
    for item in items:
        for fixture in MARKED_BY_FIXTURE.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(MARKED_BY_FIXTURE[fixture])
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _in_ci(item: pytest.Item) -> frozenset[str]:
    return getattr(getattr(item, "cls", None), "IN_CI", frozenset({getattr(item, "originalname", "")}))


@pytest.hookimpl(tryfirst=True)  # before the fixtures, which may import the extra
def pytest_runtest_setup(item: pytest.Item) -> None:
    for extra in [extra for marker in item.iter_markers("extra") for extra in marker.args]:
        if not installed(extra):
            missing(item.config, f"the extra {extra} is not installed: ./run setup {extra}")


@functools.cache
def installed(extra: str) -> bool:
    """Whether all packages of an optional part of pyproject.toml are there; False where it has none for this Python."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    requirements = map(Requirement, project["optional-dependencies"][extra])
    names = [it.name for it in requirements if it.marker is None or it.marker.evaluate()]
    try:
        return bool([importlib.metadata.version(name) for name in names])
    except importlib.metadata.PackageNotFoundError:
        return False


def missing(config: pytest.Config, reason: str) -> NoReturn:
    """Skip the test for this reason; fail it where nothing may be missing."""
    if config.getoption("--complete"):
        pytest.fail(f"--complete: {reason}", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def _cleared_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN)]:
            patch.delenv(name)
        # Shared by the session's tests, so that weights are hashed once and not for every test.
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        _move_home(patch, tmp_path_factory.mktemp("home"))
        # Two processes share two cores: models that took one thread a core would wait for each other (+ 60 % CPU time).
        patch.setenv("VADE_THREADS", "1")
        # What a test traces it says itself; the others are spared the time.
        patch.setenv("VADE_TRACING", "off")
        # No test looks into, or writes to, the keyring of who runs it.
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        yield


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home for each test; fails the test that tried to reach another machine, even where that was caught."""
    home = tmp_path_factory.mktemp("home")
    _move_home(monkeypatch, home)
    # Streamlit's AppTest leaves its script there, and a process begun later would run it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
    attempts.clear()
    yield home
    assert not attempts, f"this test reached for {', '.join(attempts)}"


def _move_home(patch: pytest.MonkeyPatch, home: Path) -> None:
    patch.setenv("HOME", str(home))
    for name in ("DATA", "CONFIG", "STATE"):
        patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Path:
    """The folder of evaluation data beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        missing(pytestconfig, "no evaluation data: there is no folder `shared` beside the repository")
    return folder


@pytest.fixture(scope="session")
def chromium(pytestconfig: pytest.Config) -> str:
    """Path of a Chromium."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        missing(pytestconfig, f"no browser: none of {', '.join(BROWSERS)} is on PATH")
    return path


@pytest.fixture
def small_model(pytestconfig: pytest.Config, own_home: Path) -> str:
    """The name of a chat model that fits any machine, installed in this test's home: as the person has it."""
    from vademecum.models.local_models import local_model

    model = local_model("qwen-0.5b")
    file = FETCHED_MODELS / model.path.relative_to(models_folder())
    if not file.is_file():
        missing(pytestconfig, f"no model {model.name}: ./run models pull {model.name}")
    model.path.parent.mkdir(parents=True)
    model.path.symlink_to(file)
    return model.name


@pytest.fixture(scope="session")
def embeddings() -> "Embeddings":
    """The embedded embedding model, loaded once a process."""
    from vademecum.models import embedding_model

    return embedding_model("embedded", load_settings())


@pytest.fixture(scope="session")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> "Notebook":
    """The sample handbook, ingested once; answers without a language model. To be read, not written."""
    import vademecum

    home = tmp_path_factory.mktemp("notebook") / "home"
    shutil.copytree(_handbook_home(tmp_path_factory.getbasetemp()), home)
    return vademecum.open(HANDBOOK, home=home, model="extractive")


def _handbook_home(base: Path) -> Path:
    """The workspace that all workers copy: the first to want it ingests the handbook, the others wait."""
    import vademecum

    together = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made = together / "handbook"
    with (together / "handbook.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            vademecum.open(HANDBOOK, home=together / "handbook.part", model="extractive").close()
            (together / "handbook.part").rename(made)
    return made
