"""Cut connections, lost replies, and the end of a connection for good."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import WebSocketRoute, expect
from websockets.sync.client import connect

from tests.browser.portals import Portals
from tests.browser.widget import READ, SENDING, SENT
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

CONNECTIONS_A_USER = 10
MANY = 60


@pytest.mark.covers("C-57")
def test_message_missed_while_cut_off_is_shown_exactly_once(portals: Portals, stack: Stack) -> None:
    alice = portals.enter("alice", "dm", "bob")
    bob = portals.enter("bob", "dm", "alice").write("Before the cut.")
    alice.sees("Before the cut.")
    held = portals.hold_tickets(alice.page)
    stack.fault(verb="cut_all")
    expect(alice.notice).to_have_text("Reconnecting…")
    bob.is_connected().write("While you were away.")
    expect(bob.tick("While you were away.")).to_have_text(SENT)
    alice.write("Written in the dark.")
    expect(alice.tick("Written in the dark.")).to_have_text(SENDING)
    held.release()
    alice.is_connected()
    for somebody in (alice, bob):
        somebody.sees("Before the cut.", "While you were away.", "Written in the dark.")
    expect(bob.tick("While you were away.")).to_have_text(READ)


def test_message_whose_reply_was_lost_is_sent_again_and_stored_once(portals: Portals) -> None:
    lost: list[str] = []

    def break_at_first_reply(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if lost or '"duplicate"' not in str(frame):
                browser.send(frame)
            else:
                lost.append(str(frame))
                server.close()
                browser.close()

        server.on_message(pass_on)

    carol = portals.enter("carol", "dm", "bob")
    page = portals.page()
    page.route_web_socket("**/v1?*", break_at_first_reply)
    bob = portals.widget(page).at("/dm/#as=bob&with=carol").is_connected()
    bob.write("Was it stored?")
    expect(bob.tick("Was it stored?")).to_have_text(READ)
    assert len(lost) == 1
    bob.write("It was.")
    for somebody in (bob, carol):
        somebody.sees("Was it stored?", "It was.")
        assert somebody.texts() == ["Was it stored?", "It was."]


@pytest.mark.covers("C-14")
def test_connection_lost_in_the_middle_of_a_history_page_shows_nothing_twice(
    portals: Portals,
) -> None:
    lost: list[str] = []

    def break_at_first_page(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if lost or '"hasMore"' not in str(frame) or '"changes"' in str(frame):
                browser.send(frame)
            else:
                lost.append(str(frame))
                server.close()
                browser.close()

        server.on_message(pass_on)

    portals.enter("bob")
    portals.enter("alice", partner="bob")
    texts = [f"Line {number:02}" for number in range(MANY)]
    portals.say("alice", "bob", *texts)
    page = portals.page()
    page.route_web_socket("**/v1?*", break_at_first_page)
    alice = portals.widget(page).at("/dm/#as=alice&with=bob").is_connected()
    alice.sees(texts[-1])
    assert len(lost) == 1
    assert sorted(alice.read_all(until=texts[0])) == texts


@pytest.mark.covers("B-91")
def test_eleventh_connection_ends_the_first_which_says_so_and_stays_away(
    portals: Portals, stack: Stack
) -> None:
    erin = portals.enter("erin", "dm")
    with ExitStack() as others:
        for _ in range(CONNECTIONS_A_USER):
            token = stack.token("erin", tenantId=portals.tenant, name="Erin")
            others.enter_context(connect(f"{stack.ws_url}?token={token}"))
        expect(erin.notice).to_contain_text("You are using this chat in too many other places.")
    erin.notice.get_by_role("button", name="Use here").click()
    erin.is_connected()
