"""The knowledge graph: entities and relations at their exact places, kept and removed with their passages."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import Scripted
from workspaces import open_library

from vademecum.core.errors import EmptyWorkspaceError, UsageError
from vademecum.core.types import Scope
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.knowledge.entities import mentions, normal
from vademecum.retrieval.knowledge.neighbourhood import knowledge, mermaid
from vademecum.retrieval.knowledge.pagerank import personalised_pagerank
from vademecum.retrieval.knowledge.refresh import refresh
from vademecum.retrieval.knowledge.store import extract
from vademecum.retrieval.library import Library
from vademecum.retrieval.maintenance.forget import forget

BOTANY = (
    "Eva Hoffmann, the director of the Botanical Garden, was born in Graz. Hoffmann studied at the University of "
    "Vienna in 1921. The forget gate is a gate. The World Health Organization (WHO) met on 3 May 1950."
)
FILES = {
    "radio.md": "# WKQX Radio\n\nThe station WKQX Radio is licensed to broadcast in Marlow Bay.\n",
    "town.md": "# Marlow Bay\n\nThe airfield of Marlow Bay is called Fenwick Field.\n",
    "other.md": "# Radio waves\n\nA radio station needs a licence to broadcast, and an antenna.\n",
}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path, notes: Path):
    made = open_library(tmp_path / "home")
    ingest(made, [notes])
    yield made
    made.close()


def graph(library: Library) -> list[tuple]:
    """All that the graph holds, by name."""
    return [
        library.catalogue.rows("SELECT name FROM entities ORDER BY name"),
        library.catalogue.rows(
            """SELECT p.id, e.name, m.times, m.start, m.end FROM mentions m JOIN entities e ON e.id = m.entity
               JOIN passages p ON p.key = m.passage ORDER BY 1, 2"""
        ),
        library.catalogue.rows(
            """SELECT p.id, a.name, r.label, b.name, r.start, r.end FROM relations r JOIN entities a ON a.id = r.subject
               JOIN entities b ON b.id = r.object JOIN passages p ON p.key = r.passage ORDER BY 1, 5, 6, 3"""
        ),
    ]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("eva hoffmann", "Eva Hoffmann"),
        ("eva hoffmann", "Hoffmann"),
        ("botanical garden", "Botanical Garden"),
        ("university of vienna", "University of Vienna"),
        ("vienna", "Vienna"),
        ("1921", "1921"),
        ("3 may 1950", "3 May 1950"),
        ("who", "WHO"),
        ("forget gate", "forget gate"),
    ],
)
def test_names_dates_terms_and_short_forms_are_found(name, label):
    assert (name, label) in {(one.name, one.label) for one in extract(BOTANY, ()).mentions}


@pytest.mark.parametrize(
    "relation",
    [
        ("eva hoffmann", "director of", "botanical garden"),
        ("botanical garden", "was born in", "graz"),
        ("eva hoffmann", "studied at", "university of vienna"),
        ("forget gate", "is", "gate"),
        ("who", "short for", "world health organization"),
    ],
)
def test_relations_are_found_between_neighbours(relation):
    assert relation in {(one.subject, one.label, one.object) for one in extract(BOTANY, ()).relations}


@pytest.mark.parametrize(
    ("one", "other"),
    [("The Hague", "hague"), ("José's", "jose"), ("Brother (song)", "Brother"), ("B-29", "B 29"), ("(x)", "X")],
)
def test_one_name_is_one_however_it_is_written(one, other):
    assert normal(one) == normal(other)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("Ab c.D'’\"“”(1920)\n,-*`éŻ of the is a 😀"), max_size=120), st.text("Ab (", max_size=8))
def test_every_offset_gives_its_text(text, title):
    said = extract(text, (title,))
    assert all(text[one.start : one.end] == one.label and normal(one.label) for one in said.mentions)
    names = {one.name for one in said.mentions}
    for one in said.relations:
        assert 0 <= one.start < one.end <= len(text)
        assert {one.subject, one.object} <= names
    assert all(one.name for one in mentions(text, above=(title,)))


@pytest.mark.slow
def test_what_is_stored_is_the_source_s_text_at_its_place(library):
    rows = library.catalogue.rows(
        "SELECT e.name, m.start, m.end, p.source_id FROM mentions m JOIN entities e ON e.id = m.entity "
        "JOIN passages p ON p.key = m.passage WHERE m.start IS NOT NULL"
    )
    assert len(rows) > 5
    assert all(normal(library.catalogue.text(source)[start:end]) == name for name, start, end, source in rows)


@pytest.mark.slow
def test_a_graph_grown_equals_one_built_anew(library, notes, tmp_path):
    (notes / "town.md").write_text("# Marlow Bay\n\nMarlow Bay lies on the River Ennis.\n", "utf-8")
    (notes / "other.md").unlink()
    ingest(library, [notes])
    fresh = open_library(tmp_path / "fresh")
    ingest(fresh, [notes])
    assert graph(library) == graph(fresh)
    fresh.close()


@pytest.mark.slow
def test_what_is_missing_is_found_when_it_is_wanted(library):
    before = graph(library)
    with library.catalogue._transaction() as connection:
        for table in ("relations", "mentions", "entities", "extracted"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM meta WHERE name = 'note:knowledge'")
    generation = library.catalogue.generation
    refresh(library)
    assert graph(library) == before
    assert library.catalogue.generation == generation


@pytest.mark.slow
def test_what_is_forgotten_leaves_no_entity_behind(library):
    forget(library, "town.md")
    names = {row[0] for row in graph(library)[0]}
    assert "fenwick field" not in names
    assert "marlow bay" in names
    forget(library, "radio.md")
    forget(library, "other.md")
    assert graph(library) == [[], [], []]


def test_a_walk_ends_where_its_edges_lead():
    rows, columns = np.array([0, 1, 1, 2]), np.array([0, 0, 1, 1])
    start = np.array([1.0, 0, 0, 0])
    passages, entities = personalised_pagerank(rows, columns, np.ones(4), start, np.zeros(2))
    assert passages[0] > passages[1] > passages[2] > passages[3] == 0
    assert passages.sum() + entities.sum() == pytest.approx(1, abs=1e-4)
    nowhere, _ = personalised_pagerank(rows, columns, np.ones(4), np.zeros(4), np.zeros(2))
    assert not nowhere.any()


def test_every_relation_shown_is_cited(library):
    found = knowledge(library, "the MARLOW BAY")
    assert {one.name: one.label for one in found.entities}["fenwick field"] == "Fenwick Field"
    assert ("marlow bay", "is called", "fenwick field") in {(r.subject, r.label, r.object) for r in found.relations}
    for one in found.relations:
        text = next(FILES[name] for name in FILES if name == one.citation.path)
        assert text[one.citation.start : one.citation.end] == one.citation.quote
    drawn = mermaid(found)
    assert drawn.startswith("flowchart LR\n")
    assert drawn.count("-->") == len(found.relations)


def test_a_drawing_survives_any_name():
    from vademecum.core.types import Entity, Knowledge

    drawn = mermaid(Knowledge(about="x", entities=(Entity(name="x", label='a "b"\n<c>;', passages=1),)))
    assert drawn == 'flowchart LR\n    e0["a #34;b#34; #60;c#62;#59;"]\n'


@pytest.mark.slow
@pytest.mark.parametrize(("about", "most"), [("", 3), (" \n", 3), ("Marlow Bay", 0)])
def test_bad_input_is_a_usage_error(library, about, most):
    with pytest.raises(UsageError):
        knowledge(library, about, most=most)


@pytest.mark.slow
def test_an_unknown_collection_and_an_empty_workspace_are_said(library, tmp_path):
    with pytest.raises(UsageError, match="default"):
        knowledge(library, "Marlow Bay", scope=Scope(collection="none"))
    empty = open_library(tmp_path / "empty")
    with pytest.raises(EmptyWorkspaceError):
        knowledge(empty, "Marlow Bay")
    empty.close()


@pytest.mark.slow
def test_the_command_prints_nodes_edges_and_a_drawing(library, capsys):
    from vademecum.cli import run

    def said(*arguments: str) -> str:
        assert run(["--home", str(library.home), *arguments]) == 0
        return capsys.readouterr().out

    found = json.loads(said("--json", "knowledge", "Marlow Bay"))
    assert {"name", "label", "passages", "asked"} == set(found["nodes"][0])
    assert found["edges"][0]["citation"]["quote"] in FILES[found["edges"][0]["citation"]["path"]]
    assert said("knowledge", "Marlow Bay", "-f", "mermaid").startswith("flowchart LR")
    assert "is called" in said("knowledge", "Marlow Bay")


@pytest.mark.slow
def test_a_second_hop_is_found_over_the_entity_that_joins(tmp_path, notes):
    from vademecum.core.settings import load_settings

    for i, name in enumerate(("antenna", "licence", "station", "broadcast")):
        (notes / f"more{i}.md").write_text(f"# {name.title()}\n\nThe {name} of a radio station is licensed.\n", "utf-8")
    library = Library(tmp_path / "real", load_settings())
    ingest(library, [notes])
    asked = "What is the airfield called in the town where WKQX is licensed to broadcast?"
    assert {hit.path for hit in library.search(asked, k=2, mode="graph")} == {"radio.md", "town.md"}
    bridged = "Where was the station WKQX licensed to broadcast, and what is found there?"
    assert "town.md" not in {hit.path for hit in library.search(bridged, k=2, mode="dense")}
    assert {hit.path for hit in library.search(bridged, k=2, mode="graph")} == {"radio.md", "town.md"}
    both = "Which airfield is called so in the town of WKQX Radio?"  # the default mode sees that it takes two passages
    assert library.search(both, k=2, mode="best") == library.search(both, k=2, mode="graph")
    plain = "Is the antenna of a radio station licensed?"
    assert library.search(plain, k=2, mode="best") != library.search(plain, k=2, mode="graph")
    within = library.search(bridged, k=5, mode="graph", scope=Scope(path="radio*"))
    assert {hit.path for hit in within} == {"radio.md"}
    library.close()


def test_a_model_adds_relations_whose_words_are_there_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bridge.txt"
    file.write_text("Ada Voss, with no help at all, is said to have drawn up the plans for Kirn Bridge.\n", "utf-8")
    true = {
        "subject": "Ada Voss", "relation": "drew up the plans for", "object": "Kirn Bridge",
        "quote": "Ada Voss, with no help at all, is said to have drawn up the plans for Kirn Bridge",
    }  # fmt: skip
    invented = true | {"object": "Kirn Tower", "quote": "Ada Voss built Kirn Tower"}
    elsewhere = true | {"subject": "Bo Lind"}
    model = Scripted(script=[{"relations": [true, invented, elsewhere]}])
    monkeypatch.setattr("vademecum.models.chat_model", lambda *_: model)
    library = open_library(tmp_path / "home", graph_model="openai:large")
    report = ingest(library, [file])
    assert report.notes == []
    [told] = [one for one in knowledge(library, "Ada Voss").relations if one.label == "drew up the plans for"]
    assert told.citation.quote == true["quote"]
    assert "kirn tower" not in {entity.name.lower() for entity in knowledge(library, "Ada Voss").entities}
    ingest(library, [file])  # read once, it is not read again: the script is at its end
    library.close()


def test_a_model_that_does_not_answer_leaves_the_rules_and_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bridge.txt"
    file.write_text("Kirn Bridge is a bridge in Varel.\n", "utf-8")
    model = Scripted(script=[ConnectionError("away"), {"relations": []}])
    monkeypatch.setattr("vademecum.models.chat_model", lambda *_: model)
    library = open_library(tmp_path / "home", graph_model="openai:large")
    [note] = ingest(library, [file]).notes
    assert "1 documents is by rules alone" in note.note
    assert knowledge(library, "Kirn Bridge").relations
    assert ingest(library, [file]).notes == []
    assert model.script == []
    library.close()
