"""Requests that ask something of the person's documents, with what they ask."""

import json
from pathlib import Path

DATA = Path(__file__).parent / "data" / "document_requests.jsonl"


def document_requests() -> list[dict[str, str]]:
    """Each with `request`, `query`, and `other_tool` where the request wants another tool too."""
    return [json.loads(line) for line in DATA.read_text("utf-8").splitlines()]
