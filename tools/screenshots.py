"""Write docs/img: pictures of the demo portals, each in a state that the documentation shows.

    python -m tools.screenshots             all of them
    python -m tools.screenshots dm dark     some
    python -m tools.screenshots --into DIR  somewhere else

Starts a Parley of its own. A picture is at most `MAX_BYTES`, so that the repository stays small.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.portals import Portals
from tests.browser.stage import stage
from tests.browser.widget import Widget
from tests.support.stack import ROOT

FOLDER = ROOT / "docs" / "img"
MAX_BYTES = 200_000
TALK = (
    ("alice", "bob", "Morning! The lift people are here, which key do they need?"),
    ("bob", "alice", "The *green* one, it hangs in the porter's lodge."),
    ("bob", "alice", "Tell them the door sensor on **floor 3** is the one that fails."),
    ("alice", "bob", "Found it, thank you. They say it takes an hour."),
    ("bob", "alice", "Perfect. I'll put it on https://status.harbour.example"),
    ("carol", "bob", "Can you sign the lease of 2 A today?"),
    ("carol", "alice", "Lunch at one?"),
)
LAPTOP = ViewportSize(width=1180, height=720)
WIDE = ViewportSize(width=1600, height=660)
PHONE = ViewportSize(width=390, height=760)


class Scene:
    """Three people who have talked, and what pictures are taken of."""

    def __init__(self, portals: Portals) -> None:
        self.portals = portals

    def people(self) -> tuple[Widget, Widget]:
        """Bob and Carol, so that somebody is online."""
        return self.portals.enter("bob", "dm", "alice"), self.portals.enter("carol")

    def alice(
        self, portal: str, partner: str | None = "bob", size: ViewportSize = LAPTOP, **address: str
    ) -> Widget:
        """Alice in a portal, who has read the newest message."""
        alice = self.portals.enter("alice", portal, partner, size, **address)
        if partner:
            expect(alice.bodies.last).to_be_visible()
        return alice


def side_by_side(scene: Scene) -> Page:
    """The start page: Alice and Bob, one of whom is typing."""
    scene.portals.enter("carol")
    page = scene.portals.page()
    page.set_viewport_size(WIDE)
    page.goto("/#left=dashboard:alice:bob&right=dm:bob:alice")
    left, right = scene.portals.halves(page)
    expect(left.bodies.last).to_be_visible()
    expect(right.bodies.last).to_be_visible()
    expect(left.subtitle).to_have_text("Online")
    right.composer.press_sequentially("They are fast")
    expect(left.typing).to_have_text("Bob is typing…")
    return page


def dashboard(scene: Scene) -> Page:
    """A floating panel over a product's own page, with a reaction."""
    scene.people()
    alice = scene.alice("dashboard")
    alice.react(TALK[4][2].replace("*", ""), "🎉")
    alice.page.mouse.move(10, 10)
    return alice.page


def dm(scene: Scene) -> Page:
    """Two columns, and the toolbar of a message."""
    scene.people()
    alice = scene.alice("dm")
    alice.message(TALK[3][2]).hover()
    return alice.page


def manage(scene: Scene) -> Page:
    """The list of chats and people of all tenants."""
    scene.people()
    root = scene.portals.enter("root", "manage")
    root.page.set_viewport_size(LAPTOP)
    root.show()
    expect(root.person("Bob")).to_be_visible()
    return root.page


def dark(scene: Scene) -> Page:
    """The same two columns in the dark."""
    page = dm(scene)
    page.emulate_media(color_scheme="dark")
    return page


def mobile(scene: Scene) -> Page:
    """A phone: the conversation is the whole screen."""
    scene.people()
    return scene.alice("dashboard", size=PHONE).page


def group(scene: Scene) -> Page:
    """The form for a new group."""
    scene.people()
    alice = scene.alice("dm").begin_group()
    form = alice.root.locator("parley-group-form")
    form.get_by_label("Name of the group").fill("Harbour Street 12")
    for name in ("Bob", "Carol"):
        form.get_by_role("listitem").filter(has_text=name).click()
    return alice.page


def rtl(scene: Scene) -> Page:
    """Arabic, from right to left."""
    scene.people()
    return scene.alice("dm", locale="ar").page


def emoji(scene: Scene) -> Page:
    """The emoji picker."""
    scene.people()
    alice = scene.alice("dm")
    alice.conversation.get_by_role("button", name="Emoji", exact=True).click()
    expect(
        alice.conversation.get_by_role("button", name="grinning face", exact=True)
    ).to_be_visible()
    return alice.page


PICTURES: tuple[Callable[[Scene], Page], ...] = (
    side_by_side,
    dashboard,
    dm,
    manage,
    dark,
    mobile,
    group,
    rtl,
    emoji,
)


def take(draw: Callable[[Scene], Page], scene: Scene, folder: Path) -> int:
    """Take one picture; gives its size in bytes."""
    page = draw(scene)
    # Whatever slides in has arrived, and the caret does not blink.
    page.screenshot(path=folder / file_name(draw), animations="disabled", caret="hide")
    scene.portals.close()
    return (folder / file_name(draw)).stat().st_size


def file_name(draw: Callable[[Scene], Page]) -> str:
    """`side-by-side.png` of `side_by_side`."""
    return draw.__name__.replace("_", "-") + ".png"


def main(arguments: list[str]) -> int:
    """Take the pictures that are named, or all."""
    parser = argparse.ArgumentParser(prog="tools.screenshots")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--into", type=Path, default=FOLDER)
    options = parser.parse_args(arguments)
    names, folder = options.names, options.into
    chosen = [draw for draw in PICTURES if not names or file_name(draw)[:-4] in names]
    folder.mkdir(exist_ok=True)
    too_large = []
    with stage() as portals:
        for sender, receiver, text in TALK:
            portals.say(sender, receiver, text)
        for draw in chosen:
            size = take(draw, Scene(portals), folder)
            print(f"{folder.name}/{file_name(draw)}: {size / 1000:.0f} KB")
            if size > MAX_BYTES:
                too_large.append(file_name(draw))
    if too_large:
        print(f"More than {MAX_BYTES / 1000:.0f} KB: {', '.join(too_large)}")
    return 1 if too_large or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
