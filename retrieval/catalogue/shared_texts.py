"""Sources of the same text: the first holds the text and the passages, the others rely on it (`same_as`).

Where the holder goes or changes, one of the others takes its text over. Its passages are then missing until they are
encoded anew: a passage is embedded with its source's title, which was the holder's.
"""

import hashlib
import sqlite3

HOLDER = "(SELECT coalesce(nullif(same_as, ''), id) FROM sources WHERE id = ?)"
"""SQL for the id of the source that holds the text of the one asked for."""


def text_hash(text: str) -> str:
    """The hash of a text: texts with the same one are the same."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def detach(connection: sqlite3.Connection, source_id: str, new_hash: str) -> list[str]:
    """Before a source is stored anew: the ids that go on relying on it, since its text stays as it was."""
    query = "SELECT s.id FROM sources s JOIN texts t ON t.source_id = s.same_as WHERE s.same_as = ? AND t.sha256 = ?"
    dependents = [row[0] for row in connection.execute(query, (source_id, new_hash)).fetchall()]
    connection.executemany("UPDATE sources SET same_as = '' WHERE id = ?", ((dependent,) for dependent in dependents))
    return dependents


def attach(connection: sqlite3.Connection, source_id: str, ids: list[str], fingerprint: str, splitter: str) -> None:
    """After it was stored: have the sources `ids` rely on it again."""
    rows = ((source_id, fingerprint, splitter, dependent) for dependent in ids)
    connection.executemany("UPDATE sources SET same_as = ?, fingerprint = ?, splitter = ? WHERE id = ?", rows)


def pass_on(connection: sqlite3.Connection, source_id: str) -> None:
    """Before a source goes: have the first of those that rely on it keep its text, and the others rely on that."""
    query = "SELECT id FROM sources WHERE same_as = ? ORDER BY root, path"
    dependents = [row[0] for row in connection.execute(query, (source_id,)).fetchall()]
    if not dependents:
        return
    first, *others = dependents
    connection.execute("UPDATE texts SET source_id = ? WHERE source_id = ?", (first, source_id))
    connection.execute("UPDATE sources SET same_as = '', fingerprint = '', splitter = '' WHERE id = ?", (first,))
    connection.executemany("UPDATE sources SET same_as = ? WHERE id = ?", ((first, dependent) for dependent in others))
