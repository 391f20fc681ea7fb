"""The chat as its users see it, in a portal: by roles and words, never by the insides of its code.

Locators go through open shadow roots. What has no role is found by its `part`, which is as public
as a class name: pages style by it.
"""

import re
from collections.abc import Callable, Iterable
from typing import Self

from playwright.sync_api import FrameLocator, Locator, Page, expect

SENDING, SENT, DELIVERED, READ = "Sending", "Sent", "Delivered", "Read"
# What is said of oneself and others only while there is a connection.
# Screens to scroll through at most.
PAGES = 300
CONNECTED = re.compile("Online|Away|Offline|Last seen|member")


class Widget:
    """`<parley-chat>` on a page, or in a frame of one."""

    def __init__(self, page: Page, place: Page | FrameLocator | None = None) -> None:
        self.page = page
        self.place = place or page
        root = self.root = self.place.locator("parley-chat")
        self.launcher = root.locator("[part~=button]")
        self.panel = root.locator("[part~=panel]")
        self.list = root.locator("parley-list")
        self.whoami = self.list.locator("[part~=header]")
        self.notice = self.list.locator("[part~=notice]")
        self.search = self.list.get_by_label("Search people and chats")
        self.conversation = root.locator("parley-conversation")
        self.title = self.conversation.locator("[part~=title]")
        self.subtitle = self.conversation.locator("[part~=subtitle]")
        self.log = self.conversation.get_by_role("log")
        self.bodies = self.log.locator("[part~=body]")
        self.typing = self.conversation.locator("[part~=typing] > [aria-hidden]")
        self.composer = self.conversation.locator("textarea")
        self.announced = self.conversation.locator("[part~=announcer]")

    # --- Coming and going -----------------------------------------------------------------------

    def at(self, address: str) -> Self:
        """Load an address."""
        self.page.goto(address)
        return self

    def show(self) -> Self:
        """Open the panel; where it is a part of the page, it always is."""
        self.launcher.click()
        expect(self.list).to_be_visible()
        return self

    def is_connected(self) -> Self:
        """Wait for the connection, which whatever is on the screen shows."""
        signs = self.subtitle.or_(self.whoami).filter(visible=True, has_text=CONNECTED)
        expect(signs.first).to_be_visible()
        return self

    def reload(self) -> Self:
        """Load the page again."""
        self.page.reload()
        return self

    # --- The list -------------------------------------------------------------------------------

    def person(self, name: str) -> Locator:
        """The button that begins a chat with somebody in the list."""
        return self.list.get_by_role("button", name=f"Message {name}", exact=True)

    def row(self, name: str) -> Locator:
        """Somebody who is online, in the list."""
        return self._rows("person", name)

    def chat(self, title: str) -> Locator:
        """A room in the list."""
        return self._rows("room", title)

    def section(self, title: str) -> Locator:
        """A part of the list, by its heading."""
        return self.list.get_by_role("region", name=re.compile(f"^{title}"))

    def open(self, name: str) -> Self:
        """Open the chat with somebody, or a group."""
        self.chat(name).or_(self.person(name)).first.click()
        expect(self.title).to_have_text(name)
        expect(self.composer).to_be_visible()
        return self

    def to_list(self) -> Self:
        """Go back from a conversation, where there is room for one of both."""
        self.conversation.get_by_role("button", name="Back to the list").click()
        expect(self.list).to_be_visible()
        return self

    def _rows(self, part: str, name: str) -> Locator:
        title = self.place.get_by_text(name, exact=True)
        return self.list.locator(f"[part~={part}]").filter(has=title)

    # --- Writing --------------------------------------------------------------------------------

    def write(self, *texts: str) -> Self:
        """Send messages in the open chat."""
        for text in texts:
            self.composer.fill(text)
            self.composer.press("Enter")
        return self

    def pick_emoji(self, word: str, emoji: str) -> Self:
        """Find an emoji by a word, and put it into what is being written."""
        self.conversation.get_by_role("button", name="Emoji", exact=True).click()
        picker = self.conversation.locator("[part~=emoji-picker]")
        picker.get_by_label("Search emoji").fill(word)
        picker.get_by_role("button").get_by_text(emoji, exact=True).click()
        return self

    # --- Messages -------------------------------------------------------------------------------

    def sees(self, *texts: str) -> Self:
        """Wait until each of these messages is there, exactly once."""
        for text in texts:
            expect(self.bodies.get_by_text(text, exact=True)).to_have_count(1)
        return self

    def message(self, text: str) -> Locator:
        """The row of a message."""
        body = self.place.locator("[part~=body]").get_by_text(text, exact=True)
        return self.log.get_by_role("article").filter(has=body)

    def bubble(self, text: str) -> Locator:
        """What is drawn around a message."""
        return self.message(text).locator("[part~=bubble]")

    def tick(self, text: str) -> Locator:
        """How far an own message has come; its words are for screen readers."""
        return self.message(text).locator("[part~=tick]")

    def texts(self) -> list[str]:
        """The messages that are in the page, in order."""
        return self.bodies.all_text_contents()

    def act(self, text: str, action: str) -> Self:
        """Do something with a message, by its toolbar."""
        self.message(text).hover()
        tools = self.log.get_by_role("toolbar")
        tools.get_by_role("button", name=action, exact=True).click()
        return self

    def react(self, text: str, emoji: str) -> Self:
        """React with one of the emoji of the toolbar."""
        return self.act(text, f"React with {emoji}")

    def reaction(self, text: str, emoji: str) -> Locator:
        """The reactions to a message with an emoji."""
        return self.message(text).locator("[part~=reaction]").filter(has_text=emoji)

    def scroll_up(self) -> None:
        """Scroll up by less than a screen."""
        self.log.evaluate("log => log.scrollBy(0, -0.6 * log.clientHeight)")

    def read_all(self, until: str, each: "Callable[[Widget], None] | None" = None) -> set[str]:
        """Scroll up to a message, and return all that were seen on the way.

        Args:
            until: The message, which must come before `PAGES` screens.
            each: Looks at each screen.
        """
        seen: set[str] = set(self.texts())
        for _ in range(PAGES):
            if each:
                each(self)
            if until in seen:
                return seen
            before = self.log.evaluate("log => log.scrollTop")
            self.scroll_up()
            self.page.wait_for_function(
                "([log, before]) => log.scrollTop !== before || log.scrollTop === 0",
                arg=[self.log.element_handle(), before],
            )
            seen |= set(self.texts())
        raise AssertionError(f"{until!r} does not come")

    # --- Groups ---------------------------------------------------------------------------------

    def begin_group(self) -> Self:
        """Show the form for a new group."""
        self.list.get_by_role("button", name="New group").click()
        expect(self.root.locator("parley-group-form")).to_be_visible()
        return self

    def make_group(self, name: str, *people: str) -> Self:
        """Make a group of people who are known."""
        self.begin_group()
        form = self.root.locator("parley-group-form")
        form.get_by_label("Name of the group").fill(name)
        choose(form, people)
        form.get_by_role("button", name="Create group").click()
        expect(self.title).to_have_text(name)
        return self

    def details(self) -> "Details":
        """Show who is in the open group."""
        self.conversation.get_by_role("button", name="People in this room").click()
        return Details(self.root.locator("parley-room-details"))


class Details:
    """Who is in a room, and what can be changed about it."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.title = root.locator(".room-title")
        expect(root).to_be_visible()

    def member(self, name: str) -> Locator:
        """Somebody who is in the room."""
        return self.root.get_by_role("listitem").filter(has_text=name)

    def add(self, *people: str) -> None:
        """Add people who are known."""
        self.root.get_by_role("button", name="People").click()
        choose(self.root, people)
        self.root.get_by_role("button", name="Add", exact=True).click()

    def remove(self, name: str) -> None:
        """Remove somebody, and say yes when asked."""
        self.root.get_by_role("button", name=f"Remove {name}").click()
        self.root.get_by_role("button", name="Remove", exact=True).click()

    def rename(self, name: str) -> None:
        """Give the room another name."""
        self.root.get_by_role("button", name="Rename").click()
        self.root.get_by_label("Name of the group").fill(name)
        self.root.get_by_role("button", name="Save").click()

    def leave(self) -> None:
        """Leave, and say yes when asked."""
        self.root.get_by_role("button", name="Leave group").click()
        question = self.root.get_by_role("group", name=re.compile("^Leave"))
        question.get_by_role("button", name="Leave group").click()

    def close(self) -> None:
        """Go back to the conversation."""
        self.root.get_by_role("button", name="Back", exact=True).click()


def choose(form: Locator, people: Iterable[str]) -> None:
    """Tick people in a list to choose from."""
    for name in people:
        form.get_by_role("listitem").filter(has_text=name).click()
        expect(form.get_by_role("checkbox", name=re.compile(name))).to_be_checked()
