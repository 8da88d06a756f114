"""What axe-core finds on a page that shuts people out, and waiting until a page is drawn."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

GRAVE = ("serious", "critical")


def drawn(page: Page) -> Page:
    """The page, once the script behind it has run to its end."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    return page


def violations(page: Page) -> list[str]:
    """Every serious or critical violation, with the elements it is found at."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {one['help']}: {node['target']} {node['html'][:160]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]
