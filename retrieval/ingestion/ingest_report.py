"""What an ingestion reports: how far it is, and what it did."""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Progress(NamedTuple):
    """Where an ingestion is: the file at hand, files done of how many, and passages stored so far.

    `error`: why the file that has just been done was not taken; empty where it was. `waits`: for which process it
    waits before it begins, and since when; empty once it has begun.
    """

    file: str
    done: int
    total: int
    passages: int
    error: str = ""
    waits: str = ""


class FailedFile(BaseModel):
    """A file that was not ingested, and why."""

    model_config = ConfigDict(frozen=True)

    path: str
    error: str


class NotedFile(BaseModel):
    """A file that was ingested, and what a person should know about that."""

    model_config = ConfigDict(frozen=True)

    path: str
    note: str


class IngestReport(BaseModel):
    """What an ingestion did. `sources` and `passages` are what the collection holds now; `seconds` is wall time."""

    model_config = ConfigDict(frozen=True)

    sources: int
    added: int
    updated: int
    unchanged: int
    deleted: int
    passages: int
    failed: list[FailedFile]
    notes: list[NotedFile] = []
    seconds: float
