"""Cut connections, lost replies, and the end of a connection for good."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect
from websockets.sync.client import connect

from tests.browser.conftest import Opener
from tests.support.stack import Stack

pytestmark = pytest.mark.browser

CONNECTIONS_A_USER = 10


def test_message_missed_while_cut_off_is_shown_exactly_once(demo: Opener, stack: Stack) -> None:
    page = demo("alice", "bob")
    alice, bob = page.left.open("Bob"), page.right.open("Alice")
    bob.write("Before the cut.")
    alice.sees("Before the cut.")
    with kept_out(page.page, "alice"):
        stack.fault(verb="cut_all")
        expect(alice.state).not_to_have_text("Connected")
        bob.is_connected().write("While you were away.")
        expect(bob.tick("While you were away.")).to_have_text("Sent")
        alice.write("Written in the dark.")
        expect(alice.tick("Written in the dark.")).to_have_text("Sending")
    alice.is_connected()
    for pane in (alice, bob):
        pane.sees("Before the cut.", "While you were away.", "Written in the dark.")
    expect(bob.tick("While you were away.")).to_have_text("Read")


def test_message_whose_reply_was_lost_is_sent_again_and_stored_once(demo: Opener) -> None:
    page = demo("bob", "carol")
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

    page.page.route_web_socket("**/v1?*", break_at_first_reply)
    page.reload()
    bob, carol = page.left.open("Carol"), page.right.open("Bob")
    bob.write("Was it stored?")
    expect(bob.tick("Was it stored?")).to_have_text("Read")
    assert len(lost) == 1
    bob.write("It was.")
    for pane in (bob, carol):
        pane.sees("Was it stored?", "It was.")


def test_eleventh_connection_ends_the_first_which_says_so_and_stays_away(
    demo: Opener, stack: Stack
) -> None:
    page = demo("erin", "dave")
    with ExitStack() as others:
        for _ in range(CONNECTIONS_A_USER):
            token = stack.token("erin", tenantId="globex", name="Erin")
            others.enter_context(connect(f"{stack.ws_url}?token={token}"))
        expect(page.left.state).to_contain_text("You are connected in too many other places.")
        page.right.is_connected()
    page.left.come_back()
    page.left.is_connected()


@contextmanager
def kept_out(page: Page, user_id: str) -> Iterator[None]:
    """Hold back the tickets of one person, who cannot connect until the end of the block."""
    held: list[Route] = []
    is_over = False

    def hold(route: Route) -> None:
        if subject(route) == user_id and not is_over:
            held.append(route)
        else:
            route.continue_()

    page.route("**/api/ticket*", hold)
    yield
    is_over = True
    for route in held:
        route.continue_()


def subject(route: Route) -> str:
    """Whose token a request carries."""
    claims = route.request.headers["authorization"].split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"])
