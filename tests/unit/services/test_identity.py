"""Which credential counts, for whom, and what becomes of tickets (SPEC §2)."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import pytest

from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.tickets import MemoryTicketStore
from parley.adapters.memory.tokens import MemoryTokens
from parley.adapters.memory.users import MemoryUserStore
from parley.domain.ids import MANAGE_TENANT, TenantId, UserId
from parley.domain.people import Scope
from parley.errors import Forbidden, Unauthorized
from parley.services.identity import ConnectRequest, Identity, subprotocol_answer

ORIGIN = "https://app.acme.example"
TENANT_COOKIE, OTHER_COOKIE = "dashboard_access_token", "dm_access_token"
MANAGE_COOKIE = "manage_access_token"


@dataclass
class World:
    """An identity service on memory adapters, and a login that issues tokens for it."""

    clock: MemoryClock = field(default_factory=MemoryClock)
    users: MemoryUserStore = field(default_factory=MemoryUserStore)
    tickets: MemoryTicketStore = field(default_factory=MemoryTicketStore)

    def __post_init__(self) -> None:
        self.tokens = MemoryTokens(self.clock)
        self.identity = Identity(
            self.tokens,
            self.tickets,
            self.users,
            self.clock,
            allowed_origins=frozenset({ORIGIN, "http://127.0.0.1:8080"}),
        )

    @property
    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def token(self, sub: str = "ann", **claims: Any) -> str:
        times = {"iat": self.now, "exp": self.now + 600}
        return self.tokens.issue({"sub": sub, "tenantId": "acme", **times, **claims})

    def who(self, request: ConnectRequest) -> str:
        return self.identity.authenticate(request).user_id

    def issued(self, request: ConnectRequest) -> tuple[str, int]:
        return self.identity.issue_ticket(self.identity.ticket_caller(request))

    def ticket(self, **claims: Any) -> str:
        return self.issued(bearer(self.token(**claims)))[0]


@pytest.fixture
def world() -> World:
    return World()


def request(query: dict[str, str] | None = None, **headers: str) -> ConnectRequest:
    named = {name.replace("_", "-"): [value] for name, value in headers.items()}
    return ConnectRequest.of(named, {name: [value] for name, value in (query or {}).items()})


def bearer(token: str, **query: str) -> ConnectRequest:
    return request(query, Authorization=f"Bearer {token}")


def with_cookies(cookies: str, origin: str | None = ORIGIN, **query: str) -> ConnectRequest:
    headers = {"Cookie": cookies} if origin is None else {"Cookie": cookies, "Origin": origin}
    return request(query, **headers)


@pytest.mark.covers("A-25", "A-26", "C-26", "D-6")
def test_each_place_for_a_credential_works(world: World) -> None:
    token = world.token()
    assert world.who(request({"ticket": world.ticket()})) == "ann"
    assert world.who(request(Sec_WebSocket_Protocol=f"parley.v1, bearer.{token}")) == "ann"
    assert world.who(bearer(token)) == "ann"
    assert world.who(request({"token": token})) == "ann"
    assert world.who(with_cookies(f"{TENANT_COOKIE}={token}")) == "ann"


@pytest.mark.covers("A-25")
def test_the_first_credential_decides(world: World) -> None:
    places = {
        "ticket": ({"ticket": world.ticket(sub="ticket")}, {}),
        "subprotocol": ({}, {"Sec_WebSocket_Protocol": f"bearer.{world.token('subprotocol')}"}),
        "header": ({}, {"Authorization": f"Bearer {world.token('header')}"}),
        "query": ({"token": world.token("query")}, {}),
        "cookie": ({}, {"Cookie": f"{TENANT_COOKIE}={world.token('cookie')}", "Origin": ORIGIN}),
        "other": ({}, {}),
    }
    names = list(places)
    for first in range(len(names) - 1):
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        for name in names[first:]:
            query |= places[name][0]
            headers |= places[name][1]
        assert world.who(request(query, **headers)) == names[first]


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ({"ticket": "bad"}, {}),
        ({"ticket": ""}, {}),
        ({}, {"Sec_WebSocket_Protocol": "parley.v1, bearer.bad"}),
        ({}, {"Sec_WebSocket_Protocol": "parley.v1, bearer."}),
        ({}, {"Authorization": "Bearer bad"}),
        ({}, {"Authorization": "Bearer"}),
        ({}, {"Authorization": "Bearer a b"}),
        ({}, {"Authorization": "Bearer a,Bearer b"}),
        ({"token": "bad"}, {}),
        ({"token": ""}, {}),
    ],
)
def test_a_bad_first_credential_is_not_followed_by_the_next(
    world: World, query: dict[str, str], headers: dict[str, str]
) -> None:
    cookie = {"Cookie": f"{TENANT_COOKIE}={world.token()}", "Origin": ORIGIN}
    with pytest.raises(Unauthorized):
        world.identity.authenticate(request(query, **headers, **cookie))


@pytest.mark.covers("C-26", "D-12", "D-99")
def test_no_credential_is_unauthorized(world: World) -> None:
    for nobody in (request(), ConnectRequest.of(None, None), request(Authorization="Basic YTpi")):
        with pytest.raises(Unauthorized, match="no credential"):
            world.identity.authenticate(nobody)


def test_names_of_headers_and_schemes_come_in_any_case(world: World) -> None:
    token = world.token()
    assert world.who(ConnectRequest.of({"AUTHORIZATION": [f"bearer  {token}"]})) == "ann"
    assert world.who(ConnectRequest.of({"authorization": [f"BEARER {token}"]})) == "ann"


@pytest.mark.parametrize("name", ["ticket", "token", "scope"])
def test_a_parameter_given_twice_is_refused(world: World, name: str) -> None:
    value = {"ticket": world.ticket(), "token": world.token(), "scope": "tenant"}[name]
    query = {"token": [world.token()], name: [value, value]}
    with pytest.raises(Unauthorized, match="twice"):
        world.identity.authenticate(ConnectRequest.of({}, query))


def test_an_authorization_or_bearer_protocol_given_twice_is_refused(world: World) -> None:
    one, two = world.token("one"), world.token("two")
    for headers in (
        {"Authorization": [f"Bearer {one}", f"Bearer {two}"]},
        {"Authorization": [f"Bearer {one}"], "authorization": [f"Bearer {two}"]},
        {"Sec-WebSocket-Protocol": [f"bearer.{one}, bearer.{two}"]},
        {"Sec-WebSocket-Protocol": [f"bearer.{one}", f"bearer.{two}"]},
    ):
        with pytest.raises(Unauthorized, match="twice"):
            world.identity.authenticate(ConnectRequest.of(headers))


@pytest.mark.covers("A-25")
def test_cookies_may_come_in_several_headers_and_in_their_order(world: World) -> None:
    one, two = world.token("one"), world.token("two")
    headers = {"Cookie": [f"{OTHER_COOKIE}={two}", f"x=1; {TENANT_COOKIE}={one}"]}
    assert world.who(ConnectRequest.of({**headers, "Origin": [ORIGIN]})) == "one"
    assert world.who(with_cookies(f"{OTHER_COOKIE}={two}")) == "two"


def test_a_second_cookie_of_the_same_name_makes_both_worthless(world: World) -> None:
    mine, planted = world.token("mine"), world.token("planted")
    with pytest.raises(Unauthorized, match="twice"):
        world.who(with_cookies(f"{TENANT_COOKIE}={mine}; {TENANT_COOKIE}={planted}"))
    assert world.who(with_cookies(f"{TENANT_COOKIE}={mine}; {TENANT_COOKIE}={mine}")) == "mine"


def test_cookies_of_another_name_or_scope_are_no_credential(world: World) -> None:
    token = world.token(role="super_admin")
    for cookies in (f"{MANAGE_COOKIE}={token}", f"x{TENANT_COOKIE}={token}", f"token={token}"):
        with pytest.raises(Unauthorized, match="no credential"):
            world.who(with_cookies(cookies))
    with pytest.raises(Unauthorized, match="no credential"):
        world.who(with_cookies(f"{TENANT_COOKIE}={token}", scope="manage"))


@pytest.mark.covers("A-26")
def test_manage_scope_has_a_cookie_of_its_own(world: World) -> None:
    cookies = f"{TENANT_COOKIE}={world.token()}; {MANAGE_COOKIE}={world.token(role='super_admin')}"
    caller = world.identity.authenticate(with_cookies(cookies, scope="manage"))
    assert (caller.user_id, caller.tenant_id) == ("@manage/ann", MANAGE_TENANT)


FOREIGN_ORIGINS = [
    None,
    "",
    "null",
    "NULL",
    "*",
    "https://app.acme.example/",
    "https://app.acme.example:443",
    "https://app.acme.example:8443",
    "https://app.acme.example.",
    "https://app.acme.example.evil.example",
    "https://evil.example",
    "https://evilapp.acme.example",
    "https://evil-app.acme.example",
    "https://x.app.acme.example",
    "https://acme.example",
    "https://app.acme.example@evil.example",
    "https://evil.example/https://app.acme.example",
    "https://evil.example#https://app.acme.example",
    "https://evil.example?https://app.acme.example",
    "http://app.acme.example",
    "wss://app.acme.example",
    "HTTPS://APP.ACME.EXAMPLE",
    "https://App.acme.example",
    "https://app.acme.exаmple",
    " https://app.acme.example",
    "https://app.acme.example ",
    "https://app.acme.example\n",
    "https://app.acme.example, https://evil.example",
    "https://evil.example, https://app.acme.example",
    "https://app.acme.example https://evil.example",
    "app.acme.example",
    "//app.acme.example",
    "https://app%2eacme.example",
    "https://app.acme.example\x00",
    "http://127.0.0.1",
    "http://127.0.0.1:8081",
    "http://localhost:8080",
    "file://",
    "chrome-extension://abc",
]


@pytest.mark.scenario("A9")
@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_cookie_from_a_foreign_origin_is_forbidden(world: World, origin: str | None) -> None:
    cookies = with_cookies(f"{TENANT_COOKIE}={world.token()}", origin)
    with pytest.raises(Forbidden, match="origin"):
        world.identity.authenticate(cookies)
    with pytest.raises(Forbidden, match="origin"):
        world.issued(cookies)


@pytest.mark.parametrize("origin", [ORIGIN, "http://127.0.0.1:8080"])
def test_a_cookie_from_an_allowed_origin_counts(world: World, origin: str) -> None:
    assert world.who(with_cookies(f"{TENANT_COOKIE}={world.token()}", origin)) == "ann"


def test_two_origins_are_none(world: World) -> None:
    headers = {"Cookie": [f"{TENANT_COOKIE}={world.token()}"], "Origin": [ORIGIN, ORIGIN]}
    with pytest.raises(Forbidden):
        world.identity.authenticate(ConnectRequest.of(headers))


def test_the_origin_is_asked_before_the_cookie_is_verified(world: World) -> None:
    with pytest.raises(Forbidden):
        world.who(with_cookies(f"{TENANT_COOKIE}=bad", "https://evil.example"))


def test_an_origin_does_not_matter_without_cookies(world: World) -> None:
    foreign = request(Authorization=f"Bearer {world.token()}", Origin="https://evil.example")
    assert world.who(foreign) == "ann"


def test_scopes_are_tenant_and_manage(world: World) -> None:
    admin = world.token(role="super_admin")
    assert world.identity.authenticate(bearer(admin)).scope is Scope.TENANT
    assert world.identity.authenticate(bearer(admin, scope="tenant")).scope is Scope.TENANT
    assert world.identity.authenticate(bearer(admin, scope="manage")).scope is Scope.MANAGE
    for scope in ("", "all", "Manage", "manage,tenant"):
        with pytest.raises(Forbidden, match="scope"):
            world.identity.authenticate(bearer(admin, scope=scope))


@pytest.mark.covers("A-27", "A-77")
def test_a_wrong_role_or_no_tenant_is_forbidden(world: World) -> None:
    with pytest.raises(Forbidden, match="super_admin"):
        world.identity.authenticate(bearer(world.token(role="tenant_admin"), scope="manage"))
    with pytest.raises(Forbidden, match="no tenant"):
        world.identity.authenticate(bearer(world.token(tenantId=None)))


def test_an_expired_token_is_unauthorized(world: World) -> None:
    token = world.token()
    world.clock.advance(610)
    with pytest.raises(Unauthorized, match="expired"):
        world.identity.authenticate(bearer(token))


def test_tokens_from_before_a_revocation_are_unauthorized(world: World) -> None:
    old, ticket = world.token(), world.ticket()
    world.users.revoke(TenantId("acme"), UserId("ann"), world.now + 1)
    for revoked in (bearer(old), request({"ticket": ticket})):
        with pytest.raises(Unauthorized, match="revoked"):
            world.identity.authenticate(revoked)
    with pytest.raises(Unauthorized, match="revoked"):
        world.issued(bearer(old))
    world.clock.advance(1)
    assert world.who(bearer(world.token())) == "ann"


def test_a_revocation_in_another_tenant_or_scope_changes_nothing(world: World) -> None:
    world.users.revoke(TenantId("other"), UserId("ann"), world.now + 1)
    world.users.revoke(MANAGE_TENANT, UserId("@manage/ann"), world.now + 1)
    assert world.who(bearer(world.token())) == "ann"
    with pytest.raises(Unauthorized, match="revoked"):
        world.who(bearer(world.token(role="super_admin"), scope="manage"))


@pytest.mark.scenario("A10")
def test_a_ticket_works_once(world: World) -> None:
    ticket = world.ticket(name="Ann", spaces=["north"])
    caller = world.identity.authenticate(request({"ticket": ticket}))
    assert (caller.user_id, caller.name, caller.spaces) == ("ann", "Ann", ("north",))
    with pytest.raises(Unauthorized, match="ticket"):
        world.identity.authenticate(request({"ticket": ticket}))


def test_a_ticket_lasts_a_minute(world: World) -> None:
    ticket, expires_in = world.issued(bearer(world.token()))
    assert expires_in == 60
    world.clock.advance(60)
    with pytest.raises(Unauthorized, match="ticket"):
        world.identity.authenticate(request({"ticket": ticket}))


def test_a_ticket_never_outlives_its_token(world: World) -> None:
    token = world.token(exp=world.now + 20)
    ticket, expires_in = world.issued(bearer(token))
    assert expires_in == 20
    world.clock.advance(20)
    with pytest.raises(Unauthorized):
        world.identity.authenticate(request({"ticket": ticket}))
    with pytest.raises(Unauthorized, match="expired"):
        world.issued(bearer(token))


def test_a_ticket_is_for_the_scope_that_it_was_issued_for(world: World) -> None:
    token = world.token(role="super_admin")
    managing, _ = world.issued(bearer(token, scope="manage"))
    tenant, _ = world.issued(bearer(token))
    assert world.who(request({"ticket": managing, "scope": "tenant"})) == "@manage/ann"
    assert world.who(request({"ticket": tenant, "scope": "manage"})) == "ann"


@pytest.mark.scenario("A10")
def test_a_ticket_is_stored_under_its_hash_only(world: World) -> None:
    ticket = world.ticket()
    assert world.tickets.take(ticket, world.now) is None
    assert world.tickets.take(hashlib.sha256(ticket.encode()).hexdigest(), world.now) is not None
    assert len(ticket) == 43
    assert ticket != world.ticket()


@pytest.mark.parametrize(
    "ticket", ["", "x", "a" * 42, "a" * 43, "a" * 44, "a" * 42 + "\n", "é" * 43]
)
def test_a_ticket_that_was_never_issued_is_unauthorized(world: World, ticket: str) -> None:
    with pytest.raises(Unauthorized, match="ticket"):
        world.identity.authenticate(request({"ticket": ticket}))


@pytest.mark.covers("A-76")
def test_a_ticket_is_issued_for_cookies_too(world: World) -> None:
    cookies = with_cookies(f"{TENANT_COOKIE}={world.token()}")
    ticket, _ = world.issued(cookies)
    assert world.who(request({"ticket": ticket})) == "ann"


def test_a_ticket_or_token_in_the_query_buys_no_ticket(world: World) -> None:
    for query in ({"ticket": world.ticket()}, {"token": world.token()}):
        with pytest.raises(Unauthorized, match="no credential"):
            world.issued(request(query))


def test_rest_takes_the_bearer_header_only(world: World) -> None:
    token = world.token()
    assert world.identity.authenticate_rest(bearer(token)).user_id == "ann"
    for other in (
        request({"token": token}),
        request({"ticket": world.ticket()}),
        with_cookies(f"{TENANT_COOKIE}={token}"),
    ):
        with pytest.raises(Unauthorized, match="no credential"):
            world.identity.authenticate_rest(other)


@pytest.mark.parametrize(
    ("offered", "answer"),
    [
        ("parley.v1, bearer.x", "parley.v1"),
        ("bearer.x,parley.v1", "parley.v1"),
        ("parley.v1", "parley.v1"),
        ("bearer.x", None),
        ("parley.v2", None),
        ("Parley.v1", None),
        ("", None),
    ],
)
def test_the_subprotocol_is_answered_where_it_was_offered(offered: str, answer: str | None) -> None:
    assert subprotocol_answer(request(Sec_WebSocket_Protocol=offered)) == answer


def test_no_subprotocol_is_answered_where_none_was_offered() -> None:
    assert subprotocol_answer(request()) is None


def test_a_token_of_a_clock_that_is_ahead_does_not_survive_a_revocation(world: World) -> None:
    ahead = bearer(world.token(iat=world.now + 30))
    assert world.identity.authenticate(ahead).issued_at == world.now
    world.users.revoke(TenantId("acme"), UserId("ann"), world.now + 1)
    with pytest.raises(Unauthorized):
        world.identity.authenticate(ahead)


def test_a_subject_too_long_for_an_id_of_manage_scope_is_forbidden(world: World) -> None:
    fits = bearer(world.token("x" * 120, role="super_admin"), scope="manage")
    assert len(world.who(fits)) == 128
    with pytest.raises(Forbidden):
        world.who(bearer(world.token("x" * 121, role="super_admin"), scope="manage"))
