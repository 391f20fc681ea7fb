"""One page, one person after the other: nothing of the former is left for the next."""

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals

pytestmark = pytest.mark.browser


def test_what_somebody_began_to_write_is_not_there_for_the_next_person(portals: Portals) -> None:
    portals.enter("bob")
    alice = portals.enter("alice", "dm", "bob").make_group("Both", "Bob").write("Hello, both.")
    alice.sees("Hello, both.").composer.fill("What Bob must not read.")
    # The host page's session is Bob's from now on, and so is the next token.
    portals.claims["alice"] = {"sub": "bob", "name": "Bob"}
    portals.cut(alice)
    bob = alice
    expect(bob.whoami).to_contain_text("Bob")
    bob.open("Both").sees("Hello, both.")
    expect(bob.composer).to_have_value("")
    assert "What Bob must not read." not in bob.page.content()
