"""Keyboard alone, axe in every state, focus, words for screen readers."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.portals import Portals
from tests.browser.widget import Widget
from tests.support.stack import ROOT

pytestmark = pytest.mark.browser

MOST_STOPS = 30
AXE = Path(ROOT / "node_modules/axe-core/axe.min.js")


def test_everything_can_be_done_with_the_keyboard(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice")
    keyboard = alice.page.keyboard
    alice.launcher.focus()
    keyboard.press("Enter")
    expect(alice.chat("Bob")).to_be_visible()
    tab_to(alice, alice.chat("Bob"))
    keyboard.press("Enter")
    expect(alice.composer).to_be_focused()
    keyboard.type("No mouse was used.")
    keyboard.press("Enter")
    bob.sees("No mouse was used.")
    bob.write("Impressive!")
    alice.sees("Impressive!")
    tab_to(alice, alice.log, "Shift+Tab")
    keyboard.press("End")
    expect(alice.message("Impressive!")).to_be_focused()
    keyboard.press("Enter")
    expect(alice.log.get_by_role("button", name="React with 👍")).to_be_focused()
    keyboard.press("Enter")
    expect(bob.reaction("Impressive!", "👍")).to_be_visible()
    tab_to(alice, alice.composer)
    keyboard.press("Escape")
    expect(alice.panel).to_be_hidden()
    expect(alice.launcher).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(portals: Portals, scheme: str) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice")
    # What slides in is half transparent for a moment.
    alice.page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    assert violations(alice.page) == []
    alice.show()
    expect(alice.person("Bob")).to_be_visible()
    assert violations(alice.page) == []
    alice.open("Bob").write("**Is** this `accessible`? https://example.com")
    bob.sees("Is this accessible? https://example.com").write("It seems so.")
    alice.sees("It seems so.").react("It seems so.", "👍")
    assert violations(alice.page) == []
    alice.conversation.get_by_role("button", name="Emoji", exact=True).click()
    expect(alice.conversation.get_by_label("Search emoji")).to_be_focused()
    assert violations(alice.page) == []
    alice.page.keyboard.press("Escape")
    alice.to_list().begin_group()
    assert violations(alice.page) == []
    alice.page.keyboard.press("Escape")
    alice.make_group("Auditors", "Bob").details()
    assert violations(alice.page) == []
    bob.page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    assert violations(bob.page) == []


@pytest.mark.parametrize("path", ["/", "/dashboard/", "/manage/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_portals_themselves(
    portals: Portals, path: str, scheme: str
) -> None:
    page = portals.page(color_scheme=scheme, reduced_motion="reduce")
    page.goto(path)
    expect(page.get_by_label("Appearance")).to_have_value("auto")
    assert violations(page) == []


def tab_to(widget: Widget, place: Locator, key: str = "Tab") -> None:
    """Press a key until a place has the focus."""
    for _ in range(MOST_STOPS):
        if place.evaluate("place => place.matches(':focus')"):
            return
        widget.page.keyboard.press(key)
    raise AssertionError("It cannot be reached.")


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe says of the page and the chat's shadow roots, in short."""
    # Not a script element, which the page's Content-Security-Policy would refuse.
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate("axe.run().then(({ violations }) => violations)")
    return [
        {"rule": each["id"], "at": [node["target"] for node in each["nodes"]]} for each in found
    ]
