"""People by REST: presence, the directory, oneself, a tenant's settings (SPEC §7)."""

import pytest

from tests.handlers.conftest import SignIn
from tests.support.memory import World
from tests.support.rest import Rest

PROFILE = {
    "name": "Ben Example",
    "picture": "https://img.example/ben.png",
    "role": "agent",
    "email": "ben@acme.example",
}


@pytest.fixture
def alice(sign_in: SignIn) -> Rest:
    return sign_in("alice")


@pytest.fixture
def admin(sign_in: SignIn) -> Rest:
    return sign_in("ann", role="service")


@pytest.mark.covers("A-37", "A-39")
def test_presence_is_there_for_pages_that_have_no_connection_yet(
    world: World, alice: Rest, admin: Rest
) -> None:
    admin.do("PUT", "/users/bob", PROFILE)
    bob = world.person("bob")
    (person,) = alice.do("GET", "/presence")["users"]
    assert (person["userId"], person["status"]) == ("bob", "online")
    assert (person["picture"], person["role"]) == (PROFILE["picture"], "member")
    assert alice.do("GET", "/presence") == world.do(bob, "presence.list")
    named = alice.do("GET", "/presence", userIds=["bob", "carol"])["users"]
    assert [(each["userId"], each["status"]) for each in named] == [
        ("bob", "online"),
        ("carol", "offline"),
    ]


def test_read_receipts_are_turned_off_for_oneself(alice: Rest) -> None:
    me = alice.do("GET", "/me")
    assert (me["userId"], me["scope"], me["readReceipts"]) == ("alice", "tenant", True)
    assert alice.do("PATCH", "/me", {"readReceipts": False})["readReceipts"] is False
    assert alice.do("GET", "/me")["readReceipts"] is False


def test_people_are_put_shown_and_found(alice: Rest, admin: Rest) -> None:
    stored = admin.do("PUT", "/users/ben", PROFILE)
    assert stored == {"userId": "ben", "tenantId": "acme", **PROFILE}
    without_email = {name: value for name, value in stored.items() if name != "email"}
    assert alice.do("GET", "/users/ben") == without_email
    for asked in ("exa", "BEN", "ben@", None):
        query = {} if asked is None else {"q": asked}
        assert alice.do("GET", "/users", **query)["users"] == [without_email], asked
    assert alice.do("GET", "/users", q="xyz") == {"users": [], "cursor": None}
    assert alice.do("GET", "/users", role="other")["users"] == []
    assert admin.do("GET", "/users", q="ben")["users"] == [stored]
    assert admin.do("PUT", "/users/ben", {})["name"] == "ben"


def test_a_search_is_paged(alice: Rest, admin: Rest) -> None:
    for number in range(5):
        admin.do("PUT", f"/users/u{number}", {"name": f"Ben {number}"})
    found, query = [], {"q": "ben", "limit": 2}
    while True:
        page = alice.do("GET", "/users", **query)
        found += [person["userId"] for person in page["users"]]
        if page["cursor"] is None:
            break
        query["cursor"] = page["cursor"]
    assert sorted(found) == [f"u{number}" for number in range(5)]


def test_somebody_unknown_is_not_found(alice: Rest) -> None:
    assert alice.refused("GET", "/users/nobody") == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/users/ben", PROFILE),
        ("POST", "/users/ben/revoke", None),
        ("GET", "/tenant/settings", None),
        ("PUT", "/tenant/settings", {}),
    ],
)
def test_what_is_for_admins_is_forbidden_to_others(
    sign_in: SignIn, method: str, path: str, body: object
) -> None:
    assert sign_in("alice").refused(method, path, body) == (403, "FORBIDDEN")
    for role in ("service", "tenant_admin", "super_admin"):
        assert sign_in("ann", role=role).do(method, path, body)


def test_revoking_ends_the_connections_of_a_user(world: World, admin: Rest) -> None:
    bob = world.person("bob")
    world.forget_pushes()
    assert admin.do("POST", "/users/bob/revoke")["revokedBefore"] == "2026-01-01T00:00:01.000Z"
    (bye,) = world.events_of(bob, "bye")
    assert (bye["code"], bye["reconnect"]) == (4501, False)


def test_a_tenant_sets_its_limits_and_takes_them_back(admin: Rest) -> None:
    before = admin.do("GET", "/tenant/settings")
    assert (before["messagesPer10s"], before["own"]) == (10, [])
    changed = admin.do("PUT", "/tenant/settings", {"messagesPer10s": 20})
    assert (changed["messagesPer10s"], changed["own"]) == (20, ["messagesPer10s"])
    assert admin.do("GET", "/tenant/settings") == changed
    assert admin.do("PUT", "/tenant/settings", {}) == before


def test_in_manage_scope_the_tenant_is_named(sign_in: SignIn, admin: Rest) -> None:
    root = sign_in("root", manages=True)
    admin.do("PUT", "/users/ben", PROFILE)
    assert root.do("GET", "/me")["userId"] == "@manage/root"
    assert root.do("GET", "/users/ben", tenantId="acme")["tenantId"] == "acme"
    assert root.do("GET", "/users", tenantId="acme", q="ben")["users"][0]["userId"] == "ben"
    assert root.do("GET", "/tenant/settings", tenantId="acme")["own"] == []
    assert root.do("POST", "/users/ben/revoke", tenantId="acme")["userId"] == "ben"
    assert root.faults("GET", "/users/ben") == ["query.tenantId"]
    assert root.faults("GET", "/tenant/settings") == ["query.tenantId"]
    assert root.faults("GET", "/users/@manage/", tenantId="acme") == ["path.userId"]
    for path in ("/users/ben", "/users", "/tenant/settings", "/presence"):
        assert root.refused("GET", path, tenantId="nowhere") == (404, "NOT_FOUND"), path


def test_manage_scope_needs_its_role(sign_in: SignIn) -> None:
    assert sign_in("alice").refused("GET", "/me", scope="manage") == (403, "FORBIDDEN")
    assert sign_in("alice").refused("GET", "/me", scope="other") == (403, "FORBIDDEN")
