"""What the server refuses is told where it happened, and loses nothing."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.portals import Portals

pytestmark = pytest.mark.browser


@pytest.mark.covers("C-50", "D-24")
def test_a_rate_limit_counts_down_and_the_message_goes_out_by_itself(portals: Portals) -> None:
    portals.limit(messagesPer10s=2)
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob").write("One", "Two", "Three")
    expect(alice.message("Three")).to_contain_text(re.compile(r"Trying again in \d+ s"))
    bob.sees("One", "Two")
    bob.sees("Three")
    alice.sees("Three")
    expect(alice.message("Three")).not_to_contain_text("Trying again")
    assert bob.texts() == ["One", "Two", "Three"]


@pytest.mark.covers("A-55", "C-54")
def test_a_refused_message_keeps_its_text_and_can_be_sent_again(portals: Portals) -> None:
    portals.limit(bodyMaxChars=20)
    bob = portals.enter("bob", "dm", "alice")
    alice = portals.enter("alice", "dm", "bob")
    long = "This is longer than twenty characters."
    alice.write(long)
    row = alice.message(long)
    expect(row).to_contain_text("Not sent")
    portals.limit(bodyMaxChars=4000)
    expect(bob.bodies).to_have_count(0)
    expect(row.get_by_role("button", name="Retry")).to_be_visible()
    expect(row.get_by_role("button", name="Discard")).to_be_visible()


@pytest.mark.covers("A-52", "C-56")
def test_an_expired_token_asks_the_page_for_another_one_once(portals: Portals) -> None:
    portals.troubles.expect("401")
    page = portals.page()
    asked: list[str] = []

    def expire_the_first(route: Route) -> None:
        portals.claims["alice"] = {} if asked else {"expiresIn": -60}
        asked.append(route.request.url)
        route.fallback()

    page.route("**/dev/token", expire_the_first)
    portals.widget(page).at("/dm/#as=alice").is_connected()
    assert len(asked) == 2


@pytest.mark.covers("A-52")
def test_a_token_that_stays_bad_is_asked_for_once_and_not_in_a_loop(portals: Portals) -> None:
    portals.troubles.expect("401")
    portals.claims["alice"] = {"expiresIn": -60}
    page = portals.page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    alice = portals.widget(page).at("/dm/#as=alice")
    expect(alice.notice).to_contain_text("Please sign in again.")
    page.wait_for_timeout(1500)
    assert len([url for url in asked if "/api/ticket" in url]) == 2
    del portals.claims["alice"]
    alice.notice.get_by_role("button", name="Try again").click()
    alice.is_connected()


@pytest.mark.covers("B-172")
def test_what_cannot_be_loaded_says_so_in_its_place_and_can_be_tried_again(
    portals: Portals,
) -> None:
    portals.troubles.expect("ERR_FAILED")
    portals.enter("bob")
    page = portals.page()
    chunk = "**/assets/conversation-*.js"
    page.route(chunk, lambda route: route.abort())
    alice = portals.widget(page).at("/dm/#as=alice")
    alice.person("Bob").click()
    alert = alice.panel.get_by_role("alert")
    expect(alert).to_contain_text("This part could not be loaded.")
    page.unroute(chunk)
    alert.get_by_role("button", name="Try again").click()
    expect(alice.composer).to_be_visible()
