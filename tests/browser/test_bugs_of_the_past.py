"""Mistakes of the chat that Parley replaces, which concern what a page shows."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Opener
from tests.browser.demo import Demo

pytestmark = pytest.mark.browser

# WCAG 2.2, 1.4.3: enough for text of any size.
READABLE = 4.5


@pytest.mark.covers("A-67")
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_selected_text_can_be_read(demo: Opener, scheme: str) -> None:
    page = demo("alice", "bob")
    page.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    alice, bob = page.left.open("Bob").write("Select me."), page.right.open("Alice")
    for place in (
        alice.composer,
        alice.bodies.get_by_text("Select me.", exact=True).first,
        bob.bodies.get_by_text("Select me.", exact=True).first,
    ):
        expect(place).to_be_visible()
        assert contrast(place, "::selection") >= READABLE
    # What is typed is no darker than the field that it is typed into.
    assert contrast(alice.composer, None) >= READABLE


def contrast(place: Locator, pseudo: str | None) -> float:
    """Return the contrast of an element's text and its nearest background that has a colour."""
    colours = place.evaluate(
        """(element, pseudo) => {
            const colour = getComputedStyle(element, pseudo).color;
            const clear = "rgba(0, 0, 0, 0)";
            let behind = getComputedStyle(element, pseudo).backgroundColor;
            for (let at = element; !pseudo && behind === clear && at; at = at.parentElement) {
                behind = getComputedStyle(at).backgroundColor;
            }
            return [colour, behind];
        }""",
        pseudo,
    )
    light, dark = sorted((luminance(colour) for colour in colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of an opaque CSS colour, as WCAG defines it."""
    assert not colour.startswith("rgba"), f"{colour} is not opaque"
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.covers("A-71")
def test_who_is_not_connected_yet_is_told_so_and_not_that_nobody_is_there(page: Page) -> None:
    held: list[Route] = []
    page.route("**/api/ticket*", lambda route: held.append(route))
    page.goto("/#left=alice&right=bob")
    alice = Demo(page).left
    expect(alice.state).to_have_text("Connecting…")
    nothing = alice.region.locator("[data-part=no-chats], [data-part=no-people]")
    expect(nothing).to_have_count(2)
    for number in range(2):
        expect(nothing.nth(number)).to_be_hidden()
    # Lets those go on that were held.
    page.unroute("**/api/ticket*")
    assert held
    alice.is_connected()
