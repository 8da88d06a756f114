"""The knowledge graph in the catalogue's file: what follows from a passage comes and goes with it, in one transaction.

entities ── mentions ── passages     which passage speaks of what, how often, and where first
    └────── relations ── passages    what a passage says of two entities, in which of its characters
extracted                            by what the graph of each source was found; none: yet to be found

A source's entities follow from it alone, so a graph grown over years equals one built anew.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vademecum.core.types import EVERYWHERE, Scope
from vademecum.retrieval.knowledge.entities import Mention, mentions, normal
from vademecum.retrieval.knowledge.relations import Relation, relations
from vademecum.retrieval.scope import condition

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.reader import CatalogueReader

BY_RULES = "rules-1"
"""Names what the rules find; raise the number where they change, and graphs are brought up to date."""

ABOUT = 3
"""Mentions that a source's title counts for: its passages are about that, said or not."""


class Extract(NamedTuple):
    """What a passage says: offsets count from its beginning."""

    mentions: list[Mention]
    relations: list[Relation]


class StoredRelation(NamedTuple):
    """A relation as stored: `passage` is a key, `start` and `end` count characters of the source's text."""

    passage: int
    subject: int
    label: str
    object: int
    start: int
    end: int


def extract(text: str, above: Sequence[str]) -> Extract:
    """What the rules find in a passage; `above`: its source's title, then its headings."""
    entities = mentions(text, above=above)
    facts, added = relations(text, entities)
    every = sorted([*entities, *added], key=lambda mention: (mention.start, -mention.end))
    names = {mention.name for mention in every}
    return Extract(every, [fact for fact in facts if fact.subject in names and fact.object in names])


def add(connection: sqlite3.Connection, key: int, start: int, title: str, extract: Extract) -> None:
    """Store what the passage `key`, which begins at `start`, says. The passage must be new, or cleared.

    Each end of a relation is mentioned in the passage.
    """
    first: dict[str, Mention] = {}
    times: dict[str, int] = {}
    for mention in extract.mentions:
        first.setdefault(mention.name, mention)
        times[mention.name] = times.get(mention.name, 0) + 1
    if about := normal(title):
        times[about] = times.get(about, 0) + ABOUT
    ids = _ids(connection, list(times))
    connection.executemany(
        "INSERT INTO mentions VALUES (?, ?, ?, ?, ?)",
        (
            (key, ids[name], count, start + first[name].start, start + first[name].end)
            if name in first
            else (key, ids[name], count, None, None)
            for name, count in times.items()
        ),
    )
    connection.executemany(
        "INSERT INTO relations VALUES (?, ?, ?, ?, ?, ?)",
        (
            (key, ids[fact.subject], fact.label, ids[fact.object], start + fact.start, start + fact.end)
            for fact in extract.relations
        ),
    )


def _ids(connection: sqlite3.Connection, names: list[str]) -> dict[str, int]:
    listed = json.dumps(names)
    connection.execute("INSERT OR IGNORE INTO entities (name) SELECT value FROM json_each(?)", (listed,))
    query = "SELECT name, id FROM entities WHERE name IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (listed,)).fetchall())


def finish(connection: sqlite3.Connection, source_id: str, extractor: str) -> None:
    """Note by what the graph of a source was found."""
    connection.execute("INSERT OR REPLACE INTO extracted VALUES (?, ?)", (source_id, extractor))


def clear(connection: sqlite3.Connection, source_id: str) -> None:
    """Remove what the passages of a source say, and every entity that no other passage speaks of."""
    passages = "SELECT key FROM passages WHERE source_id = ?"
    query = f"SELECT DISTINCT entity FROM mentions WHERE passage IN ({passages})"
    spoken_of = json.dumps([row[0] for row in connection.execute(query, (source_id,)).fetchall()])
    connection.execute(f"DELETE FROM relations WHERE passage IN ({passages})", (source_id,))
    connection.execute(f"DELETE FROM mentions WHERE passage IN ({passages})", (source_id,))
    connection.execute(
        """DELETE FROM entities WHERE id IN (SELECT value FROM json_each(?))
           AND NOT EXISTS (SELECT 1 FROM mentions WHERE entity = entities.id)""",
        (spoken_of,),
    )
    connection.execute("DELETE FROM extracted WHERE source_id = ?", (source_id,))


class KnowledgeStore:
    """Reads the graph of a catalogue. Passages and entities are named by their keys and ids."""

    def __init__(self, catalogue: "CatalogueReader") -> None:
        self.catalogue = catalogue

    def entity_ids(self, names: Iterable[str]) -> dict[str, int]:
        """Ids of the entities of these names (in the form of `normal`), where there are any."""
        query = "SELECT name, id FROM entities WHERE name IN (SELECT value FROM json_each(?))"
        return dict(self.catalogue.rows(query, json.dumps(list(names))))

    def names(self, ids: Iterable[int]) -> dict[int, str]:
        """Names by id."""
        query = "SELECT id, name FROM entities WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self.catalogue.rows(query, json.dumps(list(ids))))

    def mentions_in(self, passages: Iterable[int]) -> list[tuple[int, int, int]]:
        """Passage, entity and how often, for all that the passages speak of."""
        query = """SELECT passage, entity, times FROM mentions WHERE passage IN (SELECT value FROM json_each(?))
                   ORDER BY passage, entity"""
        return self.catalogue.rows(query, json.dumps(list(passages)))

    def passage_counts(self, entities: Iterable[int], most: int) -> dict[int, int]:
        """In how many passages each is spoken of, counted up to `most` + 1."""
        query = """SELECT value, (SELECT count(*) FROM (SELECT 1 FROM mentions WHERE entity = value LIMIT ?))
                   FROM json_each(?)"""
        return dict(self.catalogue.rows(query, most + 1, json.dumps(list(entities))))

    def passages_of(self, entities: Iterable[int], scope: Scope = EVERYWHERE) -> list[tuple[int, int]]:
        """Entity and passage, for all passages within the scope that speak of them, by entity and key."""
        clause, values = condition(scope)
        within = "JOIN passages p ON p.key = m.passage JOIN sources s ON s.id = p.source_id"
        query = f"""SELECT m.entity, m.passage FROM mentions m {within if values else ""}
                    WHERE m.entity IN (SELECT value FROM json_each(?)) AND {clause} ORDER BY 1, 2"""
        return self.catalogue.rows(query, json.dumps(list(entities)), *values)

    def places(self, passages: Iterable[int], entities: Iterable[int]) -> list[tuple[int, int, int, int]]:
        """Passage, entity, start and end of the first mention of each of the entities in each of the passages."""
        query = """SELECT passage, entity, start, end FROM mentions WHERE start IS NOT NULL
                   AND passage IN (SELECT value FROM json_each(?)) AND entity IN (SELECT value FROM json_each(?))
                   ORDER BY passage, start, end DESC"""
        return self.catalogue.rows(query, json.dumps(list(passages)), json.dumps(list(entities)))

    def relations_in(self, passages: Iterable[int]) -> list[StoredRelation]:
        """What the passages say of two entities, in order."""
        query = """SELECT passage, subject, label, object, start, end FROM relations
                   WHERE passage IN (SELECT value FROM json_each(?)) ORDER BY passage, start, end, label"""
        return [StoredRelation(*row) for row in self.catalogue.rows(query, json.dumps(list(passages)))]

    def unextracted(self, extractor: str) -> list[str]:
        """Ids of sources whose graph is not by `extractor`, nor by that and a model ("...+MODEL") beside it."""
        query = """SELECT s.id FROM sources s LEFT JOIN extracted e ON e.source_id = s.id
                   WHERE s.same_as = '' AND coalesce(substr(e.extractor || '+', 1, length(?1) + 1) != ?1 || '+', 1)
                   ORDER BY s.root, s.path"""
        return [row[0] for row in self.catalogue.rows(query, extractor)]
