"""What a server sends is text in the charset that it names: answers of tools, pages, site maps. A PDF stays a PDF."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from replaying import Replay, Said, replaying
from workspaces import open_library

from vademecum import tools
from vademecum.core.settings import load_settings
from vademecum.retrieval.ingestion.ingest import ingest

HEAD = '<html lang="bg"><head><meta charset="{}"><title>Кафе</title></head><body>'
PAGE = HEAD + "<article><h1>Кафе</h1>" + "<p>Отваряме в осем часа всяка сутрин, освен в неделя, и тогава.</p>" * 9
CAFE = "Café Zürich, 5 €"

TEXTS = {
    "json, as JSON must be": ("application/json", json.dumps(CAFE, ensure_ascii=False).encode()),
    "json in UTF-16": ("application/json", json.dumps(CAFE, ensure_ascii=False).encode("utf-16-le")),
    "json in windows-1252": (
        "application/json; charset=windows-1252",
        json.dumps(CAFE, ensure_ascii=False).encode("cp1252"),
    ),
    "text that says nothing": ("text/plain", CAFE.encode()),
    "text in latin-1, as the web means it": ("text/plain; charset=ISO-8859-1", CAFE.encode("cp1252")),
    "text in UTF-16 with a mark": ('text/plain; charset="utf-16"', CAFE.encode("utf-16")),
    "text with a codec that is none": ("text/plain; charset=punycode", CAFE.encode()),
    "text with a charset of RFC 2231": ("text/plain; charset*=punycode''x", CAFE.encode()),
}


@pytest.fixture
def server() -> Iterator[Replay]:
    with replaying({}) as replay:
        yield replay


def said(kind: str, body: bytes) -> Said:
    return Said(body, headers={"Content-Type": kind})


@pytest.mark.parametrize("name", TEXTS)
def test_an_answer_of_an_api_is_read_as_it_was_written(server: Replay, tmp_path: Path, name: str) -> None:
    document: dict[str, Any] = {"openapi": "3.1.0", "paths": {"/cafe": {"get": {"operationId": "cafe"}}}}
    (tmp_path / "api.json").write_text(json.dumps(document))
    server.answers["/cafe"] = said(*TEXTS[name])
    api = {"document": str(tmp_path / "api.json"), "url": server.url, "private": True}
    [cafe] = tools.build(tools.Services(settings=load_settings(openapi={"shop": api})), ["openapi"])
    assert CAFE in cafe.invoke({})


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_of_text_is_read_as_it_was_written(server: Replay, name: str) -> None:
    server.answers["/page"] = said(*TEXTS[name])
    [read] = tools.build(tools.Services(settings=load_settings(web_private=True)), ["read-page"])
    assert CAFE in read.invoke({"url": f"{server.url}/page"})


@pytest.mark.parametrize(
    ("kind", "codec", "own"),
    [
        ("text/html; charset=koi8-r", "koi8-r", "utf-8"),
        ("text/html; charset=zlib", "cp1251", "windows-1251"),
        ("text/html", "cp1251", "windows-1251"),
        ("", "cp1251", "windows-1251"),
        ("text/html", "utf-16", "utf-8"),
    ],
)
def test_a_page_is_read_as_its_server_says_else_as_it_says_itself(
    server: Replay, tmp_path: Path, kind: str, codec: str, own: str
) -> None:
    server.answers["/page.html"] = said(kind, PAGE.format(own).encode(codec))
    [read] = tools.build(tools.Services(settings=load_settings(web_private=True)), ["read-page"])
    assert "# Кафе" in read.invoke({"url": f"{server.url}/page.html"})
    library = open_library(tmp_path, web_private=True)
    ingest(library, [f"{server.url}/page.html"])
    [source] = library.catalogue.sources()
    assert source.title == "Кафе"
    assert "Отваряме в осем часа" in library.catalogue.text(source.id)
    library.close()


def test_text_and_site_maps_are_documents_in_their_charset(server: Replay, tmp_path: Path) -> None:
    site_map = f'<?xml version="1.0" encoding="{{}}"?><urlset><url><loc>{server.url}/{{}}</loc></url></urlset>'
    server.answers["/menu"] = said("text/plain; charset=windows-1251", "Кафе с мляко: три лева.".encode("cp1251"))
    server.answers["/кафе"] = server.answers["/%D0%BA%D0%B0%D1%84%D0%B5"] = server.answers["/menu"]
    server.answers["/utf16.xml"] = said("application/xml", site_map.format("utf-16", "menu").encode("utf-16"))
    server.answers["/header.xml"] = said("text/xml; charset=koi8-r", site_map.format("utf-8", "кафе").encode("koi8-r"))
    library = open_library(tmp_path, web_private=True)
    report = ingest(library, [f"{server.url}/utf16.xml", f"{server.url}/header.xml"])
    assert report.failed == []
    assert sorted(source.path for source in library.catalogue.sources()) == ["menu", "кафе"]
    assert {library.catalogue.text(source.id) for source in library.catalogue.sources()} == {"Кафе с мляко: три лева."}
    library.close()


def test_what_is_no_text_stays_as_it_is_whatever_charset_is_named(server: Replay, tmp_path: Path) -> None:
    pdf = next((Path(__file__).resolve().parent.parent / "samples").rglob("*.pdf")).read_bytes()
    server.answers["/paper"] = said("application/pdf; charset=iso-8859-1", pdf)
    library = open_library(tmp_path, web_private=True)
    assert ingest(library, [f"{server.url}/paper"]).failed == []
    library.close()


def test_a_site_map_that_unpacks_to_too_much_is_one_line(server: Replay, tmp_path: Path) -> None:
    server.answers["/map.xml.gz"] = said("application/gzip", gzip.compress(b"<urlset>" + bytes(50_000_000)))
    library = open_library(tmp_path, web_private=True, web_max_mb=1.0)
    tracemalloc.start()
    report = ingest(library, [f"{server.url}/map.xml.gz"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ["larger than the 1 MB allowed" in failed.error for failed in report.failed] == [True]
    assert peak < 10_000_000
    library.close()
