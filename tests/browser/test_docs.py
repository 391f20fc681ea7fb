"""The page at ``/docs``: shows every operation, tries them out, and fetches nothing elsewhere."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.stack import Stack

pytestmark = pytest.mark.browser


def test_the_page_shows_the_api_and_tries_it_out(page: Page, stack: Stack) -> None:
    asked: list[str] = []
    troubles: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.goto(f"{stack.url}/api/docs")
    expect(page.locator(".opblock")).to_have_count(27)

    health = page.locator("#operations-access-health")
    health.locator(".opblock-summary-control").click()
    health.get_by_role("button", name="Try it out").click()
    health.get_by_role("button", name="Execute").click()
    expect(health.locator(".live-responses-table .response .response-col_status")).to_have_text(
        re.compile("200")
    )
    assert asked[-1] == f"{stack.url}/api/healthz"
    elsewhere = [url for url in asked if not url.startswith((f"{stack.url}/api/", "data:"))]
    assert (elsewhere, troubles) == ([], [])
