"""Whatever people write or call themselves is shown as text, and runs nothing (scenario M9)."""

import json
import re
import unicodedata
from pathlib import Path

import pytest
from playwright.sync_api import Request, expect

from tests.browser.portals import Portals
from tests.browser.widget import Widget
from tests.support.stack import ROOT

pytestmark = pytest.mark.browser

CORPUS: list[str] = json.loads(Path(ROOT / "web/widget/tests/conversation/xss.json").read_text())
# Each would set the page's title, open a dialog, or break a Content-Security-Policy, if it ran.
HOSTILE = (
    "<img src=x onerror=\"document.title='run'\">",
    "<script>document.title='run'</script>",
    "<svg onload=alert(1)><a href='javascript:alert(2)'>link</a></svg>",
    "<style>*{display:none}</style><iframe srcdoc='<script>alert(3)</script>'></iframe>",
    "'\"><b onmouseover=alert(4)>bold</b>{{7*7}}${7*7}<!--",
    "javascript:alert(5)",
    "[click](javascript:alert(6)) &lt;i&gt; &#x3c;u&#x3e;",
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 abc",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f3\ufe0f\u200d\U0001f308",
    "zero\u200bwidth\u2060join\ufeff and Z\u0337\u0321a\u0308\u0335l\u0334go",
    "W" * 400,
)
# The server refuses these characters.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What Markdown may become; all else in a message is text.
ALLOWED = {"A", "BR", "CODE", "DEL", "EM", "PRE", "SPAN", "STRONG"}
LINKS = ["http://", "https://", "mailto:"]


# Everything that is drawn below the log, and is neither the widget's nor allowed Markdown.
FOREIGN = """(log, [allowed, links]) => [...log.querySelectorAll("[part~=body] *")].filter(
    (node) => !allowed.includes(node.tagName)
        || (node.tagName === "A" && !links.some((link) => node.href.startsWith(link)))
        || [...node.attributes].some(({ name }) => name.startsWith("on") || name === "style"),
).map((node) => node.outerHTML)"""


@pytest.mark.covers("B-122", "C-77")
def test_hostile_messages_are_shown_as_text(portals: Portals) -> None:
    carol = portals.enter("carol", "dm", "alice")
    alice = portals.enter("alice", "dm", "carol")
    title = carol.page.title()
    stored = [unicodedata.normalize("NFC", text) for text in HOSTILE]
    alice.write(*HOSTILE)
    for somebody in (carol, alice):
        expect(somebody.bodies.last).to_have_text(stored[-1])
        assert somebody.texts() == stored
        no_foreign_nodes(somebody)
        # Nothing that sticks out of its place.
        assert somebody.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    assert carol.page.title() == title


@pytest.mark.scenario("M9")
@pytest.mark.covers("B-122", "B-130")
def test_no_payload_of_the_corpus_runs_asks_or_draws_anything(portals: Portals) -> None:
    assert len(CORPUS) >= 200
    sayable = [text for text in CORPUS if not CONTROL.search(text)]
    bob = portals.enter("bob", "dm", "alice")
    asked = elsewhere(bob)
    title = bob.page.title()
    portals.say("alice", "bob", "The first.", *sayable)
    seen = bob.read_all(until="The first.", each=no_foreign_nodes)
    assert len(seen) > 200
    assert asked == []
    assert bob.page.title() == title


def test_hostile_names_of_people_and_rooms_are_shown_as_text(portals: Portals) -> None:
    name = HOSTILE[0]
    portals.claims["alice"] = {"name": name}
    bob = portals.enter("bob", "dm")
    alice = portals.enter("alice", "dm", "bob").write("What a name.")
    title = bob.page.title()
    bob.open(name)
    expect(bob.title).to_have_text(name)
    alice.composer.press_sequentially("x")
    expect(bob.typing).to_have_text(f"{name} is typing…")
    alice.make_group(HOSTILE[1], "Bob").write("What a group.")
    bob.open(HOSTILE[1]).sees("What a group.")
    expect(bob.title).to_have_text(HOSTILE[1])
    assert bob.page.title() == title


def test_hostile_address_is_shown_as_nothing(portals: Portals) -> None:
    page = portals.page()
    page.goto(f"/#left=dashboard:{HOSTILE[0]}&right={HOSTILE[2]}:bob")
    left, right = portals.halves(page)
    expect(left.launcher).to_be_visible()
    right.is_connected()
    expect(page.get_by_role("region", name="Left").get_by_label("Person")).to_have_value("alice")


def no_foreign_nodes(widget: Widget) -> None:
    """Make sure that messages became text and Markdown, and nothing else."""
    assert widget.log.evaluate(FOREIGN, [sorted(ALLOWED), LINKS]) == []


def elsewhere(widget: Widget) -> list[str]:
    """What a page asks for from now on that is not Parley's."""
    asked: list[str] = []
    own = widget.page.url.partition("/dm/")[0]

    def note(request: Request) -> None:
        if not request.url.startswith((f"{own}/assets/", f"{own}/api/", f"{own}/dev/token")):
            asked.append(request.url)

    widget.page.on("request", note)
    return asked
