"""Embeddings by name: from a folder on onnxruntime, from an OpenAI-compatible server, each with a name of its own."""

import importlib.util
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings
from workspaces import HashEmbeddings

from vademecum.core.errors import ModelError, WorkspaceError
from vademecum.core.settings import load_settings
from vademecum.models import embedding_model
from vademecum.models.weights import MINILM, MINILM_TOKENIZER, verified_path
from vademecum.retrieval.ingestion.ingest import ingest, reembed
from vademecum.retrieval.library import Library


class EmbeddingServer(ThreadingHTTPServer):
    """OpenAI's embeddings over the wire, from hashes; `model` may change, `refuse` is a status it answers with."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model, self.refuse, self.asked = "hash-16", 0, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: EmbeddingServer

    def do_GET(self) -> None:
        self._send(200, {"data": [{"id": self.server.model}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refuse:
            self._send(self.server.refuse, {"error": {"message": "no such model"}})
            return
        texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
        self.server.asked += len(texts)
        vectors = HashEmbeddings(body["model"]).embed_documents(texts)
        rows = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)]
        self._send(200, {"object": "list", "model": body["model"], "data": rows, "usage": {"total_tokens": 1}})

    def _send(self, status: int, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with EmbeddingServer() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("oak", "elm", "ash"):
        (folder / f"{name}.txt").write_text(f"The {name} is a tree.", "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sentence-transformers model as the hub gives it: the embedded one's own files."""
    made = tmp_path / "all-MiniLM-L6-v2"
    (made / "onnx").mkdir(parents=True)
    (made / "onnx" / "model.onnx").symlink_to(verified_path(MINILM))
    (made / "tokenizer.json").symlink_to(verified_path(MINILM_TOKENIZER))
    (made / "sentence_bert_config.json").write_text('{"max_seq_length": 256}', "utf-8")
    return made


@pytest.mark.slow
def test_a_folder_with_an_onnx_model_needs_no_torch(folder: Path, embeddings: Embeddings) -> None:
    for name in (str(folder), f"huggingface:{folder}"):
        model: Any = embedding_model(name, load_settings())
        texts = ["An oak is a tree.", "", "Long " * 400, "\ud800 alone", "Why?"]
        vectors = np.array(model.embed_documents(texts))
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
        # The same weights as the embedded model's, which reads long texts otherwise.
        for place in (0, 4):
            assert vectors[place] @ np.array(embeddings.embed_query(texts[place])) > 0.995
        assert model.dimensions == 384
        assert model.fingerprint.startswith("onnx-8199be6f699a-")
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}', "utf-8")
    from vademecum.models.onnx_folder import OnnxFolder

    first = OnnxFolder(folder)
    assert first.fingerprint != model.fingerprint
    assert first.embed_query("Why?") != model.embed_query("Why?")


@pytest.mark.slow
def test_a_workspace_searches_with_a_folders_model(folder: Path, tmp_path: Path, notes: Path) -> None:
    library = Library(tmp_path / "home", load_settings(home=tmp_path / "home", embeddings=str(folder)))
    ingest(library, [notes])
    assert library.search("Which tree is an elm?", mode="best")[0].path == "elm.txt"
    library.close()


def test_what_is_no_model_is_said_in_a_line(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no folder .*; models are not downloaded"):
        embedding_model("huggingface:sentence-transformers/all-MiniLM-L6-v2", load_settings())
    (folder / "onnx" / "model.onnx").unlink()
    (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="cannot be loaded") as raised:
        embedding_model(str(folder), load_settings())
    assert "\n" not in str(raised.value)
    if importlib.util.find_spec("langchain_huggingface") is None:
        (tmp_path / "torch").mkdir()
        with pytest.raises(ModelError, match=r"holds no model.onnx.*\./run setup huggingface"):
            embedding_model(str(tmp_path / "torch"), load_settings())


@pytest.mark.slow
def test_a_server_embeds_and_another_model_there_embeds_anew(
    server: EmbeddingServer, tmp_path: Path, notes: Path
) -> None:
    settings = load_settings(home=tmp_path / "home", embeddings=server.url)
    library = Library(settings.home, settings)
    ingest(library, [notes])
    assert library.fingerprint == f"{server.url}#hash-16"
    assert server.asked >= 3
    assert library.search("oak. The oak is a tree.", mode="dense")[0].path == "oak.txt"
    library.close()
    server.model = "hash-of-another"
    changed = Library(settings.home, settings)
    with pytest.raises(WorkspaceError, match="3 of 3 documents were embedded by another model"):
        changed.search("oak")
    assert reembed(changed) == 3
    assert changed.search("oak. The oak is a tree.", mode="dense")[0].path == "oak.txt"
    changed.close()


def test_a_server_that_refuses_is_one_line(server: EmbeddingServer, monkeypatch: pytest.MonkeyPatch) -> None:
    model = embedding_model(server.url, load_settings())
    server.refuse = 404
    with pytest.raises(ModelError, match=r"#hash-16' did not answer: .*404") as raised:
        model.embed_documents(["a"])
    assert "\n" not in str(raised.value)
    with pytest.raises(ModelError):
        model.embed_query("a")
