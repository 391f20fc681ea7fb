"""Whatever people write or call themselves is shown as text, and runs nothing (scenario M9)."""

import json
import unicodedata
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import Opener

pytestmark = pytest.mark.browser

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
    "__proto__ constructor toString",
    "W" * 400,
)


@pytest.mark.covers("B-122", "C-77")
def test_hostile_messages_are_shown_as_text(demo: Opener) -> None:
    page = demo("alice", "carol")
    title = page.page.title()
    alice, carol = page.left.open("Carol"), page.right.open("Alice")
    stored = [unicodedata.normalize("NFC", text) for text in HOSTILE]
    alice.write(*HOSTILE)
    for pane in (carol, alice):
        expect(pane.bodies.last).to_have_text(stored[-1])
        assert pane.bodies.all_text_contents()[-len(stored) :] == stored
        # No markup of theirs, and nothing that sticks out of its pane.
        assert pane.bodies.locator("*").count() == 0
        assert pane.log.evaluate("log => log.scrollWidth <= log.clientWidth")
    expect(carol.chat("Alice")).to_contain_text("WWW")
    assert page.page.title() == title


def test_hostile_names_are_shown_as_text(demo: Opener) -> None:
    page = demo("carol", "dave")
    title = page.page.title()
    name = HOSTILE[0]

    def rename(route: Route) -> None:
        claims: dict[str, Any] = json.loads(route.request.post_data or "{}")
        if claims["sub"] == "erin":
            claims["name"] = name
        route.continue_(post_data=json.dumps(claims))

    page.page.route("**/dev/token", rename)
    page.left.picker.select_option("erin")
    page.are_connected()
    page.left.open("Dave").write("What a name.")
    expect(page.right.chat(name)).to_contain_text("What a name.")
    page.right.chat(name).click()
    expect(page.right.region.get_by_role("heading", name=name)).to_be_visible()
    page.left.composer.press_sequentially("x")
    expect(page.right.typing).to_have_text(f"{name} is typing")
    assert page.page.title() == title


def test_hostile_address_is_shown_as_nothing(demo: Opener) -> None:
    page = demo("alice", f"{HOSTILE[0]}&rightChat=with/acme/{HOSTILE[0]}&leftChat=room/%3Cb%3E")
    expect(page.left.region.get_by_text("Pick somebody to talk to.")).to_be_visible()
    expect(page.right.picker).to_have_value("bob")
