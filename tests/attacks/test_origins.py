"""Pages of others cannot act with a person's cookies; tokens that a page sends are its own (A9)."""

import json

import pytest

from tests.attacks.corpora.origins import ALLOWED, FOREIGN
from tests.attacks.corpora.tokens import hs256
from tests.attacks.test_tokens import connect
from tests.handlers.conftest import handshake, invoke, sample
from tests.support.memory import World
from tests.support.rest import request_event


def ticket(origin: str | None) -> tuple[int, str]:
    """Ask for a ticket with a cookie; return the status and what came with it."""
    event = request_event(sample("http"), "POST", "/ticket")
    event["cookies"] = [f"dashboard_access_token={hs256()}"]
    event["headers"].pop("origin")
    if origin is not None:
        event["headers"]["origin"] = origin
    answer = invoke("http", event)
    body = json.loads(answer["body"])
    return answer["statusCode"], body.get("error", "ticket" if "ticket" in body else "nothing")


@pytest.mark.scenario("A9")
@pytest.mark.parametrize("cookie", ["dashboard_access_token", "dm_access_token"])
def test_a_cookie_opens_nothing_from_a_foreign_origin(world: World, cookie: str) -> None:
    assert len(set(FOREIGN)) >= 30
    credential = f"{cookie}={hs256()}"
    assert connect(handshake(Cookie=credential)) == "403"
    for origin in FOREIGN:
        assert connect(handshake(Cookie=credential, Origin=origin)) == "403", origin
    for origin in ALLOWED:
        assert connect(handshake(Cookie=credential, Origin=origin)) == "101", origin


@pytest.mark.scenario("A9")
def test_a_cookie_buys_no_ticket_from_a_foreign_origin(world: World) -> None:
    assert ticket(None) == (403, "FORBIDDEN")
    for origin in FOREIGN:
        assert ticket(origin) == (403, "FORBIDDEN"), origin
    for origin in ALLOWED:
        assert ticket(origin) == (200, "ticket"), origin


@pytest.mark.scenario("A9")
def test_a_cookie_does_not_count_for_rest(world: World) -> None:
    """Nothing but a ticket is to be had with what browsers send unasked."""
    for origin in ALLOWED:
        event = request_event(sample("http"), "GET", "/rooms", origin=origin)
        event["cookies"] = [f"dashboard_access_token={hs256()}"]
        assert invoke("http", event)["statusCode"] == 401


@pytest.mark.scenario("A9")
def test_two_origins_are_none(world: World) -> None:
    event = handshake(Cookie=f"dm_access_token={hs256()}", Origin=ALLOWED[0])
    event["multiValueHeaders"]["Origin"].append(ALLOWED[0])
    assert connect(event) == "403"


@pytest.mark.scenario("A9")
def test_a_token_of_the_page_itself_counts_from_any_origin(world: World) -> None:
    """No page has another's token: browsers send none unasked."""
    for origin in FOREIGN:
        offered = f"parley.v1, bearer.{hs256()}"
        assert connect(handshake(Sec_WebSocket_Protocol=offered, Origin=origin)) == "101"
