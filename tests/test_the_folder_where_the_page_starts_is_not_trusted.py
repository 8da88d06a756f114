"""What lies in the folder where `vade ui` is typed changes nothing of the page; relative paths mean what they say."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from page_client import cookie, request, run_script

from vademecum import models, web_server
from vademecum.core.errors import VademecumError
from vademecum.core.settings import OpenApi, load_settings
from vademecum.evaluation import data_sets
from vademecum.retrieval.catalogue.database import CATALOGUE
from vademecum.tools import _openapi_document
from vademecum.tools._mcp_server import with_transport

EXECUTED = "open({!r}, 'w').write('executed')\n"

PROBE = """\
import json, os, sys
from pathlib import Path
from streamlit import config

TITLE, ICON, POSITION = "Probe", ":material/search:", 99

def show(notebook):
    report = notebook.ingest("notes")
    kept = {"cwd": os.getcwd(), "holds": os.listdir(), "path": sys.path, "environment": dict(os.environ)}
    kept |= {"added": report.added, "home": str(notebook.settings.home), "neighbours": notebook.settings.neighbours}
    kept |= {"options": {name: config.get_option(name) for name in ("server.enableCORS", "secrets.files")}}
    notebook.forget("notes")
    Path(%r).write_text(json.dumps(kept))
"""

SECRETS = """\
VADE_PLUGINS = "/evil"
VADE_MCP = '{"evil": {"command": "/bin/sh", "args": ["-c", "touch executed"]}}'
OPENAI_BASE_URL = "http://evil.example"
"""

WEAK = """\
[server]
enableCORS = false
enableXsrfProtection = false
enableStaticServing = true
enableAgentApi = true
corsAllowedOrigins = ["http://evil.example"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A hostile folder, with notes and plugins of the person's own in it."""
    place = tmp_path / "sent to me"
    (place / ".streamlit").mkdir(parents=True)
    (place / ".streamlit" / "secrets.toml").write_text(SECRETS)
    (place / ".streamlit" / "config.toml").write_text(WEAK)
    for name in ("streamlit", "uvicorn", "sitecustomize", "usercustomize"):
        (place / f"{name}.py").write_text(EXECUTED.format(str(tmp_path / "executed")))
    (place / "notes").mkdir()
    (place / "notes" / "tea.md").write_text("# Tea\n\nGreen tea is brewed at 80 degrees.\n")
    (place / "mine" / "ui" / "views").mkdir(parents=True)
    (place / "mine" / "ui" / "views" / "probe.py").write_text(PROBE % str(tmp_path / "kept.json"))
    monkeypatch.chdir(place)
    monkeypatch.setenv("VADE_PLUGINS", "mine")
    for name in ("STREAMLIT_SERVER_ENABLE_CORS", "STREAMLIT_SERVER_COOKIE_SECRET", "streamlit_server_address"):
        monkeypatch.setenv(name, "false")
    return place


def kept(folder: Path, home: str | None) -> dict[str, Any]:
    """What the page's process sees, told by a page of the person's own."""
    with web_server.start(home=home) as page:
        assert request(page, "/_stcore/agent/openapi.json", **cookie(page))[2].count('"enabled": true') == 0
        run_script(page, "probe", **cookie(page))
    return json.loads((folder.parent / "kept.json").read_text())


@pytest.mark.slow
def test_nothing_in_it_is_run_or_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", ".", str(folder), str(folder.parent / "own")]))
    seen = kept(folder, "../home")
    assert not (folder.parent / "executed").exists()
    environment = seen["environment"]
    assert not [name for name in environment if name.upper().startswith("STREAMLIT")]
    assert "VADE_MCP" not in environment
    assert "OPENAI_BASE_URL" not in environment
    assert environment["PYTHONPATH"] == str(folder.parent / "own")
    assert not {"", ".", str(folder), seen["cwd"]} & set(seen["path"])
    assert seen["options"] == {"server.enableCORS": True, "secrets.files": []}
    assert (Path(seen["cwd"]).parents[1], seen["holds"]) == (folder.parent / "home", [])
    assert not Path(seen["cwd"]).exists()
    # Its paths mean what they mean here: the workspace, the plugins and the folder that was typed.
    assert (Path(seen["home"]).resolve(), seen["added"]) == (folder.parent / "home", 1)
    assert (folder.parent / "home" / CATALOGUE).exists()


@pytest.mark.slow
def test_settings_of_the_folder_are_still_its_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VADE_HOME", "kept here")
    (folder / "vade.toml").write_text("neighbours = 7\n")
    seen = kept(folder, None)
    assert (seen["home"], seen["neighbours"], seen["added"]) == (str(folder / "kept here"), 7, 1)


def test_paths_mean_what_they_mean_where_the_person_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "folder"
    (folder / "embeddings").mkdir(parents=True)
    (folder / "shop.yaml").write_text("openapi: 3.0.0")
    (folder / "cases.jsonl").write_text('{"question": "How hot is tea?"}\n')
    (folder / "small.gguf").write_text("no model")
    (folder / "server.sh").write_text("#!/bin/sh\n")
    monkeypatch.setenv("VADEMECUM_FOLDER", str(folder))
    settings = load_settings(home="home")
    assert settings.home == folder / "home"
    assert len(data_sets.read("cases.jsonl").cases) == 1
    assert _openapi_document._text(OpenApi(document="shop.yaml"), settings) == "openapi: 3.0.0"
    assert with_transport("x", {"command": "./server.sh"})["cwd"] == str(folder)
    assert with_transport("x", {"command": "y", "transport": "stdio", "cwd": "sub"})["cwd"] == str(folder / "sub")
    for name, model in (("./small.gguf", models.chat_model), ("./embeddings", models.embedding_model)):
        with pytest.raises(VademecumError, match=str(folder)):
            model(name, settings)


OPTIONS = """\
import json, sys
from streamlit import config
if len(sys.argv) > 1:
    print(json.dumps({name: [o.section, o.type and o.type.__name__, o.multiple, o.default_val]
                      for name, o in config.get_config_options().items()}))
else:
    from vademecum.ui import page_server
    page_server.application("0" * 32, "127.0.0.1", 8501)
    print(json.dumps({name: config.get_option(name) for name in config.get_config_options()}))
"""


@pytest.mark.slow
def test_a_file_of_ones_own_for_streamlit_weakens_nothing(own_home: Path) -> None:
    def options(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-c", OPTIONS, *arguments]
        done = subprocess.run(command, cwd=own_home, capture_output=True, text=True, check=True)
        return json.loads(done.stdout.splitlines()[-1])

    before, known = options(), options("all")
    lines: dict[str, list[str]] = {}
    for name, (section, kind, many, default) in known.items():
        if not section.startswith(("theme", "logger")):  # colours, and lines in the terminal
            other = str(not default).lower() if kind == "bool" else "7" if kind in ("int", "float") else '"/evil"'
            table = name.endswith("trustedUserHeaders")
            text = '{ "X-Evil" = "user" }' if table else f"[{other}]" if many else other
            lines.setdefault(section, []).append(f"{name.rpartition('.')[2]} = {text}")
    file = own_home / ".streamlit" / "config.toml"
    file.parent.mkdir()
    file.write_text("\n".join(f"[{section}]\n" + "\n".join(body) for section, body in lines.items()), "utf-8")
    assert len(tomllib.loads(file.read_text())["server"]) > 30
    after = options()
    changed = {name for name, option in after.items() if option != before[name]}
    weighty = {name for name in changed if name.startswith(("browser.", "client.", "secrets.", "server."))}
    assert {name for name in weighty if not name.startswith("server.agent")} == {  # there is no agent API
        "server.cookieSecret",  # another for each process
        "server.websocketPingInterval",
    }
    assert (after["server.enableAgentApi"], after["global.developmentMode"]) == (False, False)
    assert "/evil" not in after["server.cookieSecret"]
