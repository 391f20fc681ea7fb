"""Dark and light, themes of the host page, right-to-left, small screens."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.portals import Portals
from tests.browser.widget import Widget

pytestmark = pytest.mark.browser

# WCAG 2.2, 1.4.3: enough for text of any size.
READABLE = 4.5


@pytest.mark.covers("A-67")
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_selected_text_can_be_read(portals: Portals, scheme: str) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("Select me.")
    for somebody in (alice, bob):
        somebody.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for place in (
        alice.composer,
        alice.bodies.get_by_text("Select me.", exact=True),
        bob.bodies.get_by_text("Select me.", exact=True),
    ):
        expect(place).to_be_visible()
        assert contrast(place, "::selection") >= READABLE
    # What is typed is no darker than the field that it is typed into.
    assert contrast(alice.composer, None) >= READABLE


@pytest.mark.covers("A-66", "A-68")
def test_dark_follows_the_system_until_somebody_chooses(portals: Portals) -> None:
    alice = portals.enter("alice").show()
    alice.page.emulate_media(color_scheme="dark")
    expect_dark(alice)
    alice.page.get_by_label("Appearance").select_option("light")
    expect_light(alice)
    alice.page.get_by_label("Appearance").select_option("dark")
    alice.page.emulate_media(color_scheme="light")
    expect_dark(alice)
    alice.page.reload()
    alice.show()
    expect_dark(alice)


def test_a_page_themes_the_chat_by_variables_and_parts(portals: Portals) -> None:
    alice = portals.enter("alice")
    expect(alice.launcher).to_have_css("background-color", "rgb(11, 115, 115)")
    alice.page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(`
                parley-chat { --parley-accent: rgb(1, 2, 3); --parley-width: 400px; }
                parley-chat::part(panel) { border-radius: 1px; }
            `);
            document.adoptedStyleSheets.push(sheet);
        }"""
    )
    expect(alice.launcher).to_have_css("background-color", "rgb(1, 2, 3)")
    alice.show()
    expect(alice.panel).to_have_css("border-top-left-radius", "1px")
    expect(alice.panel).to_have_css("width", "400px")


@pytest.mark.covers("A-46", "A-47")
def test_the_panel_is_320_by_480_and_in_the_corner(portals: Portals) -> None:
    alice = portals.enter("alice")
    expect(alice.launcher).to_be_in_viewport()
    alice.show()
    expect(alice.panel).to_have_css("width", "320px")
    expect(alice.panel).to_have_css("height", "480px")
    alice.panel.get_by_role("button", name="Close chat").click()
    expect(alice.panel).to_be_hidden()


def test_arabic_goes_from_right_to_left(portals: Portals) -> None:
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob", locale="ar")
    field = alice.conversation.get_by_role("textbox")
    field.fill("مرحبا")
    field.press("Enter")
    bob.sees("مرحبا").write("Hello back.")
    alice.sees("Hello back.")
    assert alice.log.evaluate("log => getComputedStyle(log).direction") == "rtl"
    own, theirs = (
        alice.message(text).locator("[part~=bubble]") for text in ("مرحبا", "Hello back.")
    )
    # One's own are at the end of the line, which is on the left.
    assert left_of(own) < left_of(theirs)
    assert alice.log.evaluate("log => log.scrollWidth <= log.clientWidth")


@pytest.mark.covers("B-96", "B-97", "B-98", "B-92")
def test_wide_screens_have_two_columns_and_small_ones_one(portals: Portals) -> None:
    portals.enter("bob")
    alice = portals.enter("alice", "dm", "bob")
    alice.page.set_viewport_size({"width": 1280, "height": 800})
    expect(alice.list).to_be_visible()
    expect(alice.composer).to_be_visible()
    alice.page.set_viewport_size({"width": 390, "height": 700})
    expect(alice.composer).to_be_visible()
    expect(alice.list).to_be_hidden()
    alice.to_list()
    expect(alice.list).to_be_visible()
    expect(alice.composer).to_be_hidden()


def expect_dark(widget: Widget) -> None:
    expect(widget.root).to_have_attribute("data-theme", "dark")
    expect(widget.panel).to_have_css("background-color", "rgb(21, 23, 31)")


def expect_light(widget: Widget) -> None:
    expect(widget.root).to_have_attribute("data-theme", "light")
    expect(widget.panel).to_have_css("background-color", "rgb(255, 255, 255)")


def left_of(place: Locator) -> float:
    """Return how far from the left edge of the page something begins."""
    box = place.bounding_box()
    assert box is not None
    return box["x"]


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
