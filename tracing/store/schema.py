"""The trace store's schema, as the ordered list of steps that lead to it: add one at the end, never change one.

sessions ── runs ── payloads       what listings need in narrow rows, the JSON apart
               ├─── labels         tags (name '') and metadata, one row each, for filters
               ├─── words          full text of names, inputs, outputs and errors
               └─── feedback
datasets ── examples ── changes    every change of an example, so that a data set can be read as it was
repos ── commits, commit_tags      prompts
attachments                        of runs and of examples; the id is random and serves as the right to read one

Times are microseconds since 1970 (UTC). The version is the database's `user_version`: the number of steps it has been
through.
"""

import sqlite3
from types import FunctionType

from vademecum.core.errors import WorkspaceError


def m001_first(connection: sqlite3.Connection) -> None:
    """Projects, runs, feedback, data sets, prompts, attachments."""
    for statement in _M001.split(";"):
        connection.execute(statement)
    connection.execute(
        "CREATE TRIGGER words_go AFTER DELETE ON runs BEGIN DELETE FROM words WHERE rowid = old.key; END"
    )


_M001 = """
CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL);
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    extra TEXT NOT NULL DEFAULT '{}',
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    reference_dataset_id TEXT
);
CREATE INDEX sessions_of_dataset ON sessions (reference_dataset_id);
CREATE TABLE runs (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    trace_id TEXT NOT NULL,
    parent_run_id TEXT,
    dotted_order TEXT NOT NULL,
    name TEXT NOT NULL,
    run_type TEXT NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    latency REAL,
    first_token_time INTEGER,
    status TEXT NOT NULL,
    error TEXT,
    reference_example_id TEXT,
    thread_id TEXT,
    model TEXT,
    patched INTEGER NOT NULL,
    own_prompt_tokens INTEGER,
    own_completion_tokens INTEGER,
    own_prompt_cost REAL,
    own_completion_cost REAL,
    prompt_tokens INTEGER,
    completion_tokens INTEGER,
    total_tokens INTEGER,
    prompt_cost REAL,
    completion_cost REAL,
    total_cost REAL
);
CREATE INDEX runs_by_time ON runs (session_id, start_time);
CREATE INDEX runs_of_all ON runs (start_time);
CREATE INDEX runs_at_root ON runs (session_id, start_time) WHERE parent_run_id IS NULL;
CREATE INDEX runs_by_name ON runs (session_id, name, start_time);
CREATE INDEX runs_by_type ON runs (session_id, run_type, start_time);
CREATE INDEX runs_by_status ON runs (session_id, status, start_time);
CREATE INDEX runs_by_latency ON runs (session_id, latency);
CREATE INDEX runs_by_tokens ON runs (session_id, total_tokens) WHERE total_tokens IS NOT NULL;
CREATE INDEX runs_by_model ON runs (session_id, model, start_time) WHERE model IS NOT NULL;
CREATE INDEX runs_of_parent ON runs (parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_of_trace ON runs (trace_id, dotted_order);
CREATE INDEX runs_with_usage ON runs (trace_id, dotted_order) WHERE own_completion_tokens IS NOT NULL;
CREATE INDEX runs_of_example ON runs (reference_example_id) WHERE reference_example_id IS NOT NULL;
CREATE INDEX runs_of_thread ON runs (thread_id, start_time) WHERE thread_id IS NOT NULL;
CREATE TABLE payloads (
    key INTEGER PRIMARY KEY REFERENCES runs (key) ON DELETE CASCADE,
    inputs TEXT NOT NULL,
    outputs TEXT,
    events TEXT,
    extra TEXT NOT NULL,
    serialized TEXT,
    tags TEXT NOT NULL
);
CREATE TABLE labels (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    key INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
    PRIMARY KEY (name, value, key)
) WITHOUT ROWID;
CREATE INDEX labels_of_run ON labels (key);
CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE feedback (
    id TEXT PRIMARY KEY,
    run_id TEXT,
    trace_id TEXT,
    session_id TEXT,
    key TEXT NOT NULL,
    score REAL,
    value TEXT,
    comment TEXT,
    correction TEXT,
    source TEXT,
    extra TEXT,
    error INTEGER NOT NULL DEFAULT 0,
    comparative_experiment_id TEXT,
    feedback_group_id TEXT,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL
);
CREATE INDEX feedback_of_run ON feedback (run_id, key);
CREATE INDEX feedback_of_session ON feedback (session_id, key);
CREATE INDEX feedback_by_key ON feedback (key, score);
CREATE TABLE attachments (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (owner, name)
);
CREATE TABLE datasets (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    data_type TEXT NOT NULL,
    inputs_schema TEXT,
    outputs_schema TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL
);
CREATE TABLE dataset_tags (
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    as_of INTEGER NOT NULL,
    PRIMARY KEY (dataset_id, tag)
);
CREATE TABLE examples (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    dataset_id TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
    inputs TEXT NOT NULL,
    outputs TEXT,
    metadata TEXT NOT NULL,
    splits TEXT NOT NULL,
    source_run_id TEXT,
    created_at INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    until INTEGER
);
CREATE INDEX examples_of_dataset ON examples (dataset_id, created_at, key);
CREATE INDEX examples_by_id ON examples (id);
CREATE UNIQUE INDEX examples_now ON examples (id) WHERE until IS NULL;
CREATE TABLE comparisons (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
);
CREATE TABLE repos (
    id TEXT PRIMARY KEY,
    handle TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    readme TEXT NOT NULL,
    tags TEXT NOT NULL,
    is_public INTEGER NOT NULL,
    is_archived INTEGER NOT NULL,
    liked INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE TABLE commits (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    repo_id TEXT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    parent_hash TEXT,
    manifest TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (repo_id, hash)
);
CREATE TABLE commit_tags (
    id TEXT PRIMARY KEY,
    repo_id TEXT NOT NULL REFERENCES repos (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    commit_id TEXT NOT NULL REFERENCES commits (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    UNIQUE (repo_id, name)
)
"""

MIGRATIONS: tuple[FunctionType, ...] = (m001_first,)


def migrate(connection: sqlite3.Connection, file: str) -> None:
    """Bring the database to this program's version; many processes may do so at once.

    Raises:
        WorkspaceError: it is of a newer version.
    """
    if _version(connection, file) == len(MIGRATIONS):
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")
    try:
        begin = _version(connection, file)
        for number, migration in enumerate(MIGRATIONS[begin:], begin + 1):
            migration(connection)
            connection.execute(
                "INSERT INTO schema_version VALUES (?, ?, datetime('now'))", (number, migration.__name__)
            )
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, file: str) -> int:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise WorkspaceError(
            f"the traces in {file} are of version {version}, this program knows up to {len(MIGRATIONS)}; "
            "update vademecum, or name another folder with --home"
        )
    return version
