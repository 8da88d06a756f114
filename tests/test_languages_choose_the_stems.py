"""The language of a passage is told when it is ingested, and what is searched for is found in another inflection."""

import json
from pathlib import Path

import pytest
from workspaces import open_library

from vademecum.core.types import Scope
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.languages import SourceLanguage
from vademecum.retrieval.question import Question
from vademecum.retrieval.terms import terms, variants

TEXTS = {
    "pacht.md": "# Der Garten\n\nDie Verträge über die Gärten laufen bis Ende des Jahres und werden danach von beiden "
    "Seiten neu verhandelt. Wer seine Bäume nicht mehr pflegt, verliert das Recht auf die Pacht.\n",
    "bail.md": "# Le jardin\n\nLes jardiniers travaillaient chaque matin dans les vieilles serres, où ils cultivaient "
    "des tomates et des haricots que leurs voisines achetaient au marché du village.\n",
    "sad.md": "# Сад\n\nСадовники работали в старых теплицах каждое утро и выращивали помидоры, которые соседки "
    "покупали на деревенском рынке. Осенью они собирали яблоки и груши.\n",
    "lease.md": "# The garden\n\nThe leases of the gardens run until the end of the year, and are then negotiated "
    "anew by both sides. Whoever neglects their trees loses the right to the land.\n",
}  # fmt: skip
"""A text in each language. Questions below use other forms of its words than it does."""


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("texts")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, "utf-8")
    library = open_library(tmp_path_factory.mktemp("home"))
    ingest(library, [folder])
    yield library
    library.close()


@pytest.mark.slow
def test_every_passage_has_its_language(library):
    counts = library.catalogue.language_counts()
    by_path = {source.path: set(counts[source.id]) for source in library.catalogue.sources()}
    assert by_path == {"pacht.md": {"de"}, "bail.md": {"fr"}, "sad.md": {"ru"}, "lease.md": {"en"}}
    assert library.catalogue.languages() == ("de", "en", "fr", "ru")


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("Vertrag verhandeln", "pacht.md"),
        ("Wer pflegte den Baum?", "pacht.md"),
        ("Welche Rechte verlieren?", "pacht.md"),
        ("le jardinier travaillera", "bail.md"),
        ("acheter des tomates à la voisine", "bail.md"),
        ("cultiver un haricot", "bail.md"),
        ("работа садовника", "sad.md"),
        ("покупать помидор", "sad.md"),
        ("собирать яблоко и грушу", "sad.md"),
        ("negotiating a lease", "lease.md"),
        ("neglect a tree", "lease.md"),
    ],
)
def test_other_forms_of_the_words_are_found(library, question, path):
    hits = library.search(question, mode="sparse")
    assert hits
    assert hits[0].path == path
    assert library.search(question, mode="sparse", scope=Scope(path=path))


def test_a_long_quotation_in_another_language_has_its_own():
    told = SourceLanguage("These are the notes that were taken about the garden. " * 20)
    assert told.of("The trees are old, and they have been here since the war.") == "en"
    assert told.of(TEXTS["pacht.md"]) == "de"
    assert told.of("Bäume, Gärten") == "en"  # too short to tell, so it is what its source is
    assert told.of("BRCA1, TP53, EGFR, KRAS, PTEN of the genome and the cell: " + "GAT, CCT, GGA, TTA, " * 8) == "en"


@pytest.mark.slow
@pytest.mark.parametrize("text", ["", " \n", "1 2 3 4", "x = f(y)", "神"])
def test_what_has_no_words_has_no_language_and_is_indexed(text, tmp_path):
    assert SourceLanguage(text).of(text) == ""
    (tmp_path / "it.txt").write_text(text + " marker", "utf-8")
    library = open_library(tmp_path / "home")
    ingest(library, [tmp_path / "it.txt"])
    assert library.search("marker", mode="sparse")
    assert library.catalogue.languages() == ("en",)
    library.close()


def test_english_alone_is_stemmed_and_asked_as_ever():
    text = "Which of the gates are running’s naïve leases, and why?"
    assert terms(text) == ["which", "of", "the", "gate", "are", "run", "naïv", "leas", "and", "whi"]
    assert variants(text, ()) == [(term,) for term in terms(text)]
    assert Question(text, None).terms == ("gate", "run", "naïv", "leas")
    assert Question("and why", None).terms == ("and", "whi")


@pytest.mark.slow
def test_english_loads_no_detector(tmp_path):
    import subprocess
    import sys

    code = (
        "import sys; from vademecum.retrieval.languages import SourceLanguage as S; "
        "t = 'These are notes that were taken of it';"
        "assert S(t).of(t) == 'en'; assert 'py3langid' not in sys.modules; "
        "assert S('Das ist wohl auch schon alles gewesen').of('') == 'de'; assert 'py3langid' in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.slow
def test_an_english_model_is_said_to_be_one(tmp_path):
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text, "utf-8")
    library = open_library(tmp_path / "home")
    library.embeddings.languages = ("en",)
    notes = ingest(library, [tmp_path / name for name in TEXTS]).notes
    assert [note.path for note in notes] == ["bail.md"]
    assert notes[0].note.startswith("in French and German and Russian, like 2 more: the embedding model knows English")
    assert ingest(library, [tmp_path / name for name in TEXTS]).notes == []
    library.close()


@pytest.mark.slow
def test_the_commands_say_it(tmp_path: Path, capsys):
    from vademecum.cli import run

    (tmp_path / "sad.md").write_text(TEXTS["sad.md"], "utf-8")
    home = ["--home", str(tmp_path / "home")]
    assert run(["ingest", str(tmp_path / "sad.md"), *home]) == 0
    assert "in Russian" in capsys.readouterr().err
    assert run(["sources", "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out)["sources"][0]["language"] == "ru"
    run(["doctor", "--json", *home])
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}
    assert found["languages"]["told"].startswith("documents in other languages than English: 1 in Russian;")
    assert "multilingual" in found["languages"]["remedy"]
