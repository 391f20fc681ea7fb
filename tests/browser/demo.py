"""The demo page as its users see it: by roles and words, never by the insides of its code."""

from typing import Self

from playwright.sync_api import Locator, Page, expect


class Pane:
    """One of the two halves of the page."""

    def __init__(self, page: Page, label: str) -> None:
        self.region = page.get_by_role("region", name=label, exact=True)
        self.picker = self.region.get_by_label(f"Person on the {label.lower()}")
        self.state = self.region.locator(".state")
        self.chats = self.region.get_by_role("list").nth(0)
        self.people = self.region.get_by_role("list").nth(1)
        self.log = self.region.get_by_role("log")
        self.bodies = self.log.locator(".bubble")
        self.typing = self.region.locator(".typing")
        self.composer = self.region.get_by_label("Message", exact=True)
        self.announced = self.region.locator("[data-part=announcer]")

    def is_connected(self) -> Self:
        """Wait for the connection."""
        expect(self.state).to_have_text("Connected")
        return self

    def person(self, name: str) -> Locator:
        """Somebody in the list of people."""
        return self.people.get_by_role("button", name=name)

    def chat(self, name: str) -> Locator:
        """A chat in the list of chats."""
        return self.chats.get_by_role("button", name=name)

    def open(self, name: str) -> Self:
        """Open the chat with somebody."""
        self.person(name).click()
        return self

    def write(self, *texts: str) -> Self:
        """Send messages in the open chat."""
        for text in texts:
            self.composer.fill(text)
            self.composer.press("Enter")
        return self

    def sees(self, *texts: str) -> Self:
        """Wait until each of these messages is there, exactly once."""
        for text in texts:
            expect(self.bodies.get_by_text(text, exact=True)).to_have_count(1)
        return self

    def tick(self, text: str) -> Locator:
        """The tick of an own message, whose words are for screen readers."""
        return self.log.get_by_role("listitem").filter(has_text=text).locator(".tick")

    def leave(self) -> None:
        """Disconnect by the button."""
        self.region.get_by_role("button", name="Disconnect").click()

    def come_back(self) -> None:
        """Connect by the same button."""
        self.region.get_by_role("button", name="Connect", exact=True).click()


class Demo:
    """The page and its two panes."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.left = Pane(page, "Left")
        self.right = Pane(page, "Right")

    def open(self, address: str = "") -> Self:
        """Load the page at an address such as `#left=alice&right=bob`, and wait for both sides."""
        self.page.goto(f"/{address}")
        return self.are_connected()

    def reload(self) -> Self:
        """Load the page again."""
        self.page.reload()
        return self.are_connected()

    def are_connected(self) -> Self:
        """Wait for both connections."""
        self.left.is_connected()
        self.right.is_connected()
        return self
