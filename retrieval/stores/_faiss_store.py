"""A LangChain `VectorStore` in a FAISS index, exact, saved without pickle.

langchain-community's FAISS keeps its documents in a pickle, which runs what it is told to when it is read. Here vectors
are in the file that `faiss.write_index` writes, and all else in a JSON file beside it that names that file. Saving
writes both under new names, the JSON last, which replaces the old one in one step: what is read is always whole.

    store = FaissStore(Path("vectors"), "notes", embeddings)
    store.add_texts(["The oak is a tree."], ids=["1"])
    store.save()
"""

import importlib
import json
import threading
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from vademecum.core import private_files
from vademecum.core.atomic_write import replacing, write_whole
from vademecum.core.errors import WorkspaceError

MANY_READS = 20
"""Times that reading is begun anew because a writer has just replaced the files."""


class FaissStore(VectorStore):
    """Cosine similarity over unit vectors, compared one by one. What another process saves is seen at the next use.

    Measured at 100,000 vectors of 384 dimensions: 154 MB of memory and of disk, 11 ms a search on one core.
    """

    def __init__(self, folder: Path, name: str, embeddings: Embeddings) -> None:
        self.folder = folder
        self.name = name
        self._embeddings = embeddings
        self._lock = threading.RLock()
        self._index: Any = None
        self._documents: list[Document] = []
        self._rows: dict[str, int] = {}
        self._loaded_stamp: object = None
        self._unsaved = False

    @property
    def embeddings(self) -> Embeddings:
        """The embeddings."""
        return self._embeddings

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,  # noqa: ARG002 (LangChain's signature)
    ) -> list[str]:
        """Add texts, in place of what had their ids; metadata must be JSON. They last once they are saved."""
        added = list(texts)
        names = [name or uuid.uuid4().hex for name in ids or [None] * len(added)]
        documents = [
            Document(id=name, page_content=text, metadata=metadata)
            for name, text, metadata in zip(names, added, metadatas or [{} for _ in added], strict=True)
        ]
        vectors = _unit(self._embeddings.embed_documents(added)) if added else np.zeros((0, 0), np.float32)
        with self._lock:
            self._refresh()
            last = {name: spec for spec, name in enumerate(names)}  # an id that is given twice has its last text
            self._remove(last)
            for name, spec in last.items():
                self._rows[name] = len(self._documents)
                self._documents.append(documents[spec])
            if added:
                self._vectors_of(vectors.shape[1]).add(vectors[list(last.values())])
                self._unsaved = True
        return names

    def delete(self, ids: list[str] | None = None, **_: Any) -> bool:
        """Delete documents; ids that are not there are passed over. Without ids, all."""
        with self._lock:
            self._refresh()
            self._remove(list(self._rows) if ids is None else ids)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """The documents of these ids; those not there are left out."""
        with self._lock:
            self._refresh()
            return [_copied(self._documents[self._rows[name]]) for name in ids if name in self._rows]

    def similarity_search(self, query: str, k: int = 4, **_: Any) -> list[Document]:
        """The `k` documents nearest to the text, best first."""
        return [document for document, _ in self.similarity_search_with_score(query, k)]

    def similarity_search_with_score(self, query: str, k: int = 4, **_: Any) -> list[tuple[Document, float]]:
        """The `k` documents nearest to the text, best first, with their cosines."""
        return self.similarity_search_with_score_by_vector(self._embeddings.embed_query(query), k)

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **_: Any) -> list[Document]:
        """The `k` documents nearest to the vector, best first."""
        return [document for document, _ in self.similarity_search_with_score_by_vector(embedding, k)]

    def similarity_search_with_score_by_vector(
        self, embedding: Sequence[float], k: int = 4
    ) -> list[tuple[Document, float]]:
        """The `k` documents nearest to the vector, best first, with their cosines."""
        with self._lock:
            self._refresh()
            if self._index is None or not self._documents or k < 1:
                return []
            scores, rows = self._index.search(_unit([list(embedding)]), min(k, len(self._documents)))
            return [
                (_copied(self._documents[row]), float(score))
                for score, row in zip(scores[0].tolist(), rows[0].tolist(), strict=True)
            ]

    def save(self) -> None:
        """Make what was added and deleted last.

        Raises:
            OSError: there is no room, or the folder cannot be written.
        """
        with self._lock:
            if not self._unsaved:
                return
            faiss: Any = importlib.import_module("faiss")

            private_files.make_folder(self.folder)
            file = f"{self.name}.{uuid.uuid4().hex}.faiss" if self._index is not None else None
            if file:
                with replacing(self.folder / file) as draft:
                    faiss.write_index(self._index, str(draft))
            rows = [[document.id, document.page_content, document.metadata] for document in self._documents]
            content = json.dumps({"vectors": file, "documents": rows}, ensure_ascii=False)
            write_whole(self._pointer, content.encode("utf-8", "surrogatepass"))
            self._loaded_stamp, self._unsaved = self._stamp(), False
            self._sweep(file)

    def drop(self) -> None:
        """Remove the files."""
        with self._lock:
            self._pointer.unlink(missing_ok=True)
            self._sweep(None)
            self._forget()

    @classmethod
    def from_texts(
        cls, texts: list[str], embedding: Embeddings, metadatas: list[dict] | None = None, **options: Any
    ) -> Self:
        """A store of these texts, saved; `options`: folder, name, ids."""
        store = cls(Path(options["folder"]), options["name"], embedding)
        store.add_texts(texts, metadatas, ids=options.get("ids"))
        store.save()
        return store

    @property
    def _pointer(self) -> Path:
        return self.folder / f"{self.name}.json"

    def _stamp(self) -> object:
        with suppress(FileNotFoundError):
            stat = self._pointer.stat()
            return stat.st_ino, stat.st_size, stat.st_mtime_ns
        return None

    def _refresh(self) -> None:
        """Read what is saved, where that is another than was read; what is not saved yet is not thrown away."""
        if self._unsaved or self._loaded_stamp == (stamp := self._stamp()):
            return
        for _ in range(MANY_READS):
            self._forget()
            if stamp is None or self._read():
                self._loaded_stamp = stamp
                return
            stamp = self._stamp()
        raise WorkspaceError(f"the vectors named by {self._pointer} are missing; remove that file: it is made anew")

    def _read(self) -> bool:
        """Read the files; False where they have just been replaced."""
        faiss: Any = importlib.import_module("faiss")

        try:
            content = json.loads(self._pointer.read_bytes().decode("utf-8", "surrogatepass"))
            if content["vectors"]:
                file = self.folder / Path(content["vectors"]).name
                if not file.exists():
                    return False
                self._index = faiss.read_index(str(file))
            rows = [Document(id=name, page_content=text, metadata=tags) for name, text, tags in content["documents"]]
            if len(rows) != (0 if self._index is None else self._index.ntotal):
                raise ValueError("as many vectors as documents were expected")
        except FileNotFoundError:
            return False
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            raise WorkspaceError(
                f"the vectors in {self._pointer} cannot be read ({str(error).splitlines()[0][:200]}); remove that "
                "file: it is made anew from the catalogue"
            ) from error
        self._documents, self._rows = rows, {str(row.id): i for i, row in enumerate(rows)}
        return True

    def _forget(self) -> None:
        self._index, self._documents, self._rows, self._loaded_stamp, self._unsaved = None, [], {}, None, False

    def _remove(self, ids: Iterable[str]) -> None:
        gone = sorted({self._rows[name] for name in ids if name in self._rows})
        if not gone or self._index is None:
            return
        self._index.remove_ids(np.array(gone, np.int64))  # the rows behind move up, in order
        leave_out = set(gone)
        self._documents = [row for i, row in enumerate(self._documents) if i not in leave_out]
        self._rows = {str(row.id): i for i, row in enumerate(self._documents)}
        self._unsaved = True

    def _vectors_of(self, dimensions: int) -> Any:
        faiss: Any = importlib.import_module("faiss")

        if self._index is None or not self._documents or self._index.ntotal == 0:
            self._index = faiss.IndexFlatIP(dimensions)
        return self._index

    def _sweep(self, keep: str | None) -> None:
        """Remove vectors that nothing names any more; a reader in the midst of them begins anew."""
        for file in self.folder.glob(f"{self.name}.*.faiss"):
            if file.name != keep:
                file.unlink(missing_ok=True)


def _unit(vectors: Sequence[Sequence[float]]) -> np.ndarray:
    rows = np.array(vectors, np.float32)
    return np.ascontiguousarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def _copied(document: Document) -> Document:
    return document.model_copy(deep=True)
