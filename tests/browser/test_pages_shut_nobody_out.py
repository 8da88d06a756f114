"""axe finds no serious accessibility violation on any page, light or dark; a page added later is tested by being there.

What a page holds once something has been done on it is looked at by the test of that page, with `violations`.
"""

from pathlib import Path

import pytest
from accessible import drawn, violations
from chatting import new_page
from playwright.sync_api import Browser

from vademecum.ui import views

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", views.members.names())
def test_axe_finds_nothing_serious(browser: Browser, address: str, home: Path, name: str, scheme: str) -> None:
    page = new_page(browser, viewport={"width": 1280, "height": 800}, color_scheme=scheme)  # ty: ignore
    try:
        page.goto(f"{address}/{name.replace('_', '-')}")
        page.locator(".vade-title, .vade-hello, textarea").first.wait_for(timeout=60_000)
        assert violations(drawn(page)) == []
    finally:
        page.close()
