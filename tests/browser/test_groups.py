"""Groups: made, named, joined and left."""

import pytest
from playwright.sync_api import expect

from tests.browser.portals import Portals

pytestmark = pytest.mark.browser


@pytest.mark.covers("A-51", "B-65", "B-95", "C-60")
def test_a_group_is_made_and_everybody_in_it_chats(portals: Portals) -> None:
    bob, carol = portals.enter("bob").show(), portals.enter("carol", "dm")
    alice = portals.enter("alice", "dm")
    alice.make_group("Summer party", "Bob", "Carol").write("Who brings the cake?")
    expect(alice.title).to_have_text("Summer party")
    expect(bob.chat("Summer party")).to_contain_text("1 unread")
    bob.open("Summer party").sees("Who brings the cake?").write("Carol does.")
    carol.open("Summer party").sees("Who brings the cake?", "Carol does.").write("I do.")
    for somebody in (alice, bob, carol):
        somebody.sees("Who brings the cake?", "Carol does.", "I do.")
    # Whose words they are is said in groups.
    expect(alice.log).to_contain_text("Carol")


def test_people_are_added_and_removed(portals: Portals) -> None:
    bob, carol = portals.enter("bob", "dm"), portals.enter("carol", "dm")
    alice = portals.enter("alice", "dm").make_group("Planning", "Bob")
    expect(bob.chat("Planning")).to_be_visible()
    details = alice.details()
    details.add("Carol")
    expect(details.member("Carol")).to_be_visible()
    carol.open("Planning").write("Thanks for having me.")
    details.close()
    alice.sees("Thanks for having me.")
    expect(alice.log).to_contain_text("Alice added Carol")
    details = alice.details()
    details.remove("Bob")
    expect(details.member("Bob")).to_have_count(0)
    expect(bob.chat("Planning")).to_have_count(0)


def test_a_group_is_renamed_for_everybody(portals: Portals) -> None:
    bob = portals.enter("bob", "dm")
    alice = portals.enter("alice", "dm").make_group("Planing", "Bob")
    bob.open("Planing")
    details = alice.details()
    details.rename("Planning")
    details.close()
    for somebody in (alice, bob):
        expect(somebody.title).to_have_text("Planning")
        expect(somebody.chat("Planning")).to_be_visible()


def test_who_leaves_sees_it_no_more_and_the_others_are_told(portals: Portals) -> None:
    bob = portals.enter("bob", "dm")
    alice = portals.enter("alice", "dm").make_group("Short-lived", "Bob")
    bob.open("Short-lived").details().leave()
    expect(bob.chat("Short-lived")).to_have_count(0)
    expect(bob.composer).to_have_count(0)
    expect(alice.log).to_contain_text("Bob left")
