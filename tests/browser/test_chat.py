"""Two people on the demo page: messages, ticks, typing, presence, tenants."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.demo import Pane

pytestmark = pytest.mark.browser

# More than the page loads at once.
MANY = 30


def test_two_people_chat_and_see_ticks_turn_to_read(demo: Opener) -> None:
    page = demo("alice", "bob")
    alice, bob = page.left, page.right
    alice.open("Bob").write("Have you seen the ticks?")
    # Bob's device has it, Bob himself does not look yet.
    expect(bob.chat("Alice")).to_contain_text("1 unread")
    expect(alice.tick("Have you seen the ticks?")).to_have_text("Delivered")
    bob.chat("Alice").click()
    bob.sees("Have you seen the ticks?")
    expect(alice.tick("Have you seen the ticks?")).to_have_text("Read")
    expect(bob.chat("Alice")).not_to_contain_text("unread")
    bob.write("Both of them.")
    alice.sees("Have you seen the ticks?", "Both of them.")
    expect(bob.tick("Both of them.")).to_have_text("Read")
    expect(alice.chat("Bob")).to_contain_text("Both of them.")


def test_first_visit_has_two_people_face_each_other(demo: Opener) -> None:
    page = demo("alice", "bob")
    page.page.goto("about:blank")
    page.open()
    expect(page.left.picker).to_have_value("alice")
    expect(page.right.picker).to_have_value("bob")
    page.left.write("No click was needed.")
    page.right.sees("No click was needed.")


def test_typing_appears_and_goes_away(demo: Opener) -> None:
    page = demo("alice", "carol")
    alice, carol = page.left, page.right
    alice.open("Carol").write("I am about to type.")
    carol.open("Alice")
    expect(alice.tick("I am about to type.")).to_have_text("Read")
    alice.composer.press_sequentially("Hm")
    expect(carol.typing).to_have_text("Alice is typing")
    alice.composer.fill("")
    expect(carol.typing).to_be_empty()
    alice.composer.press_sequentially("Hm")
    expect(carol.typing).to_have_text("Alice is typing")
    alice.composer.press("Enter")
    carol.sees("Hm")
    expect(carol.typing).to_be_empty()


def test_typing_of_somebody_who_vanished_expires_by_itself(demo: Opener) -> None:
    page = demo("bob", "carol")
    bob, carol = page.left, page.right
    bob.open("Carol").write("I shall vanish.")
    carol.open("Bob")
    expect(bob.tick("I shall vanish.")).to_have_text("Read")
    bob.composer.press_sequentially("H")
    expect(carol.typing).to_have_text("Bob is typing")
    bob.leave()
    expect(carol.typing).to_be_empty()


def test_presence_goes_offline_after_somebody_leaves_and_comes_back(demo: Opener) -> None:
    page = demo("alice", "bob")
    expect(page.left.person("Bob")).to_contain_text("online")
    page.left.open("Bob").write("Going already?")
    # Until then Bob's coming has been announced, and so his going will be.
    expect(page.left.tick("Going already?")).to_have_text("Delivered")
    page.right.leave()
    expect(page.left.person("Bob")).to_contain_text(re.compile("last seen|offline"))
    page.right.come_back()
    expect(page.left.person("Bob")).to_contain_text("online")


def test_history_is_there_after_a_reload(demo: Opener) -> None:
    page = demo("alice", "bob")
    alice, bob = page.left.open("Bob"), page.right.open("Alice")
    alice.write("One", "Two")
    bob.sees("One", "Two").write("Three")
    alice.sees("Three")
    page.reload()
    for pane in (alice, bob):
        pane.sees("One", "Two", "Three")
        assert last_of(pane, 3) == ["One", "Two", "Three"]


def test_older_messages_load_when_scrolling_up_and_the_view_stays(demo: Opener) -> None:
    page = demo("dave", "erin")
    dave = page.left.open("Erin")
    texts = [f"Line {number:02}" for number in range(MANY)]
    dave.write(*texts)
    expect(dave.tick(texts[-1])).to_have_text(re.compile("Sent|Delivered|Read"))
    page.reload()
    dave.sees(texts[-1])
    expect(dave.bodies.get_by_text(texts[0], exact=True)).to_have_count(0)
    dave.log.evaluate("log => log.scrollTop = 0")
    dave.sees(*texts)
    # What was on top before is where it was: the older ones are above the edge.
    expect(dave.bodies.get_by_text(texts[0], exact=True)).not_to_be_in_viewport()
    assert last_of(dave, MANY) == texts


def test_people_of_another_tenant_are_nowhere_to_be_seen(demo: Opener) -> None:
    page = demo("dave", "alice")
    dave, alice = page.left, page.right
    expect(dave.people.get_by_role("button")).to_have_count(1)
    expect(dave.person("Erin")).to_be_visible()
    expect(alice.people.get_by_role("button")).to_have_count(2)
    expect(alice.person("Dave")).to_have_count(0)


def test_root_in_manage_scope_writes_to_alice_and_alice_answers(demo: Opener) -> None:
    page = demo("root", "alice")
    root, alice = page.left, page.right
    expect(root.person("Alice")).to_contain_text("acme · online")
    root.open("Alice").write("Hello from above.")
    expect(alice.chat("Root")).to_contain_text("1 unread")
    alice.chat("Root").click()
    alice.sees("Hello from above.").write("Hello from below.")
    root.sees("Hello from above.", "Hello from below.")
    expect(root.tick("Hello from above.")).to_have_text("Read")
    expect(alice.tick("Hello from below.")).to_have_text("Read")


def test_one_person_in_both_panes_sees_the_same_messages(demo: Opener) -> None:
    page = demo("carol", "carol")
    page.left.open("Bob").write("Written on one device.")
    page.right.open("Bob").sees("Written on one device.")
    expect(page.right.tick("Written on one device.")).to_have_text(re.compile("Sent|Delivered"))


def test_screen_readers_hear_new_messages_and_neither_history_nor_own_ones(demo: Opener) -> None:
    page = demo("alice", "bob")
    alice, bob = page.left.open("Bob"), page.right.open("Alice")
    alice.write("Said aloud.")
    expect(bob.announced).to_have_text("Alice: Said aloud.")
    expect(alice.announced).to_be_empty()
    page.reload()
    bob.sees("Said aloud.")
    expect(bob.announced).to_be_empty()


def last_of(pane: Pane, count: int) -> list[str]:
    """The newest messages of the open chat."""
    return pane.bodies.all_text_contents()[-count:]
