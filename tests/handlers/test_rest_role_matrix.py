"""Who may do what by REST: every route in every role, as docs/permissions.md says it (SPEC §7)."""

from collections.abc import Callable
from typing import Any

import pytest

from parley import bootstrap
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Profile
from parley.http.table import ROUTES
from tests.handlers.conftest import ROOT, Context, handler_of, sample
from tests.support.rest import Rest
from tests.support.roles import BYSTANDER, WORDS, Cast, tables

TABLES = tables((ROOT / "docs" / "permissions.md").read_text(encoding="utf-8"))
GROUP, NO_ROOM = "REST: a group", "REST: no room"
# They are open to everybody, and know nothing of anybody; a ticket is for who has a token.
OPEN = {(r.method, r.path) for r in ROUTES if r.is_open} - {("POST", "/ticket")}

Json = dict[str, Any]
# The user whom the path names, the body, and the query; where it is not said: none, {} and {}.
Asked = tuple[Callable[[str], str] | None, Json | None, Json]


def myself(role: str) -> str:
    return role


def bystander(role: str) -> str:
    return BYSTANDER


def zoe(role: str) -> str:
    return "zoe"


# Somebody whom the directory knows.
ZOE = Profile(TenantId("acme"), UserId("zoe"), name="Zoe")
IN_ACME = {"tenantId": "acme"}
ASKED: dict[tuple[str, str], Asked] = {
    ("PATCH /rooms/{roomId}", "name"): (None, {"name": "x"}, {}),
    ("PATCH /rooms/{roomId}", "muted"): (None, {"muted": True}, {}),
    ("POST /rooms/{roomId}/messages", ""): (None, {"clientId": "c", "body": "x"}, {}),
    ("POST /rooms/{roomId}/read", ""): (None, {"seq": 1}, {}),
    ("POST /rooms/{roomId}/members", "new"): (None, {"userIds": ["newcomer"]}, {}),
    ("POST /rooms/{roomId}/members", "role"): (
        None,
        {"userIds": [BYSTANDER], "role": "owner"},
        {},
    ),
    ("DELETE /rooms/{roomId}/members/{userId}", "other"): (bystander, None, {}),
    ("DELETE /rooms/{roomId}/members/{userId}", "myself"): (myself, None, {}),
    ("POST /rooms", "direct"): (None, {"type": "direct", "memberIds": ["zoe"]}, {}),
    ("POST /rooms", "direct in a tenant"): (
        None,
        {"type": "direct", "memberIds": ["zoe"], **IN_ACME},
        {},
    ),
    ("POST /rooms", "group"): (None, {"type": "group"}, {}),
    ("POST /rooms", "group in a tenant"): (None, {"type": "group", **IN_ACME}, {}),
    ("POST /rooms", "channel"): (None, {"type": "channel", "spaceId": "north"}, {}),
    ("POST /rooms", "organization"): (None, {"type": "organization"}, {}),
    ("GET /presence", "of a tenant"): (None, None, IN_ACME),
    ("PATCH /me", ""): (None, {"readReceipts": False}, {}),
    ("GET /users", ""): (None, None, {"q": "z"}),
    ("GET /users", "of a tenant"): (None, None, {"q": "z", **IN_ACME}),
    ("GET /users/{userId}", ""): (zoe, None, {}),
    ("GET /users/{userId}", "of a tenant"): (zoe, None, IN_ACME),
    ("PUT /users/{userId}", ""): (zoe, {"name": "Zoe"}, {}),
    ("PUT /users/{userId}", "of a tenant"): (zoe, {"name": "Zoe"}, IN_ACME),
    ("POST /users/{userId}/revoke", ""): (zoe, None, {}),
    ("POST /users/{userId}/revoke", "of a tenant"): (zoe, None, IN_ACME),
    ("GET /tenant/settings", "of a tenant"): (None, None, IN_ACME),
    ("PUT /tenant/settings", ""): (None, {}, {}),
    ("PUT /tenant/settings", "of a tenant"): (None, {}, IN_ACME),
}
NOTHING: Asked = (None, None, {})


@pytest.fixture
def handler() -> Any:
    yield handler_of("http")
    bootstrap.use(None)


@pytest.mark.scenario("A3")
@pytest.mark.covers("A-7", "A-27", "B-113", "C-52")
@pytest.mark.parametrize(
    ("title", "row"), [(title, row) for title in (GROUP, NO_ROOM) for row in TABLES[title].rows]
)
def test_each_role_may_do_what_is_written(handler: Any, title: str, row: tuple[str, str]) -> None:
    outcomes = {}
    cast = Cast("group")
    for role in TABLES[title].rows[row]:
        outcomes[role] = outcome(handler, cast, role, row)
        # What one did may change what the next may.
        cast = Cast("group") if outcomes[role] == "ok" else cast
    assert outcomes == TABLES[title].rows[row]


def outcome(handler: Any, cast: Cast, role: str, row: tuple[str, str]) -> str:
    bootstrap.use(cast.world.app)
    cast.world.app.adapters.users.put(ZOE)
    rest = Rest(
        cast.world,
        lambda event, _: handler(event, Context()),
        lambda: sample("http"),
        cast.people[role].caller,
    )
    method, path = row[0].split(" ")
    user, body, query = ASKED.get(row, NOTHING)
    path = path.replace("{roomId}", cast.room_id).replace("{userId}", user(role) if user else "")
    status, _, answer = rest.answer(method, path, body, **query)
    return "ok" if status == 200 else WORDS[answer["error"]]


def test_every_route_is_written_down() -> None:
    written = TABLES[GROUP].operations | TABLES[NO_ROOM].operations
    assert written == {f"{r.method} {r.path}" for r in ROUTES if (r.method, r.path) not in OPEN}
