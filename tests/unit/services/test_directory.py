"""Looking people up, and what admins may change of them (SPEC §7)."""

from collections.abc import Callable
from typing import Any

import pytest

from parley.domain.ids import TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.errors import CacheUnavailable, Forbidden, InvalidInput, NotFound, RateLimited
from parley.protocol.rest import MyProfileView, PatchMe, PutUser, UserListReply
from parley.services import directory
from parley.services.directory import Directory
from tests.support.memory import World

ADMINS = ["service", "tenant_admin", "super_admin"]


@pytest.fixture
def people(world: World) -> Directory:
    found: Directory = world.app.directory
    return found


def rest(world: World, name: str = "ann", tenant: str = "acme", **claims: Any) -> Connection:
    return world.rest_connection(world.caller(name, tenant, **claims))


def admin(world: World, **claims: Any) -> Connection:
    return rest(world, "admin", role="tenant_admin", **claims)


def put(world: World, user: str, tenant: str = "acme", **fields: Any) -> None:
    world.out.users.put(Profile(TenantId(tenant), UserId(user), **fields))


def ids(reply: UserListReply) -> list[str]:
    return [user.user_id for user in reply.users]


def everybody(
    people: Directory, connection: Connection, **asked: Any
) -> tuple[list[tuple[str, str]], int]:
    """Return whom all pages show, and how many pages there are."""
    found: list[tuple[str, str]] = []
    cursor = None
    for page in range(1, 50):
        reply = people.search(connection, cursor=cursor, **asked)
        found += [(user.tenant_id, user.user_id) for user in reply.users]
        cursor = reply.cursor
        if cursor is None:
            return found, page
    pytest.fail("the pages never end")


# --- Looking up ----------------------------------------------------------------------------------


@pytest.mark.covers("B-165")
def test_people_are_found_by_name_and_mail_in_their_own_tenant(
    world: World, people: Directory
) -> None:
    put(world, "u1", name="Änne Groß", email="boss@acme.example")
    put(world, "u2", name="Ben Anders")
    put(world, "u3", tenant="other", name="Anne Other")
    ann = rest(world)
    assert ids(people.search(ann, "an")) == ["u1", "u2"]
    assert ids(people.search(ann, "GROSS ann")) == ["u1"]
    assert ids(people.search(ann, "boss@")) == ["u1"]
    assert ids(people.search(ann, "  ")) == ids(people.search(ann)) == ["u1", "u2"]
    assert ids(people.search(ann, "other")) == []


@pytest.mark.covers("C-78")
def test_mail_addresses_are_for_admins_only(world: World, people: Directory) -> None:
    put(world, "u1", name="Ann", email="ann@acme.example")
    asking = rest(world, "u1")
    assert "email" not in people.search(asking).model_dump(mode="json")["users"][0]
    assert people.get(asking, "u1").email is None
    for role in ADMINS:
        asking = rest(world, role=role)
        assert people.search(asking).users[0].email == "ann@acme.example"
        assert people.get(asking, "u1").email == "ann@acme.example"


def test_people_come_page_by_page_each_once(world: World, people: Directory) -> None:
    for number in range(25):
        put(world, f"u{number:02}", name=f"Max {number}")
    found, pages = everybody(people, rest(world), limit=10)
    assert found == [("acme", f"u{number:02}") for number in range(25)]
    assert pages == 3


@pytest.mark.covers("B-165")
def test_a_role_may_be_asked_for(world: World, people: Directory) -> None:
    for number in range(9):
        put(world, f"u{number}", name="Max", role="lead" if number % 3 else "member")
    found, _ = everybody(people, rest(world), q="max", role="lead", limit=4)
    assert [user for _, user in found] == ["u1", "u2", "u4", "u5", "u7", "u8"]
    assert ids(people.search(rest(world), role="nobody")) == []


@pytest.mark.parametrize(
    "asked", [{"q": "x" * 257}, {"q": "a\x00"}, {"q": "\ud800"}, {"limit": 0}, {"limit": 101}]
)
def test_a_search_that_cannot_be_meant_is_refused(
    world: World, people: Directory, asked: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInput):
        people.search(rest(world), **asked)


def test_in_manage_scope_all_tenants_are_gone_through(world: World, people: Directory) -> None:
    for tenant in ("acme", "beta", "gamma"):
        for number in range(3):
            put(world, f"{tenant}{number}", tenant, name="Max")
    root = rest(world, "root", manages=True)
    world.out.users.remember(Profile(root.caller.tenant_id, root.caller.user_id, "Max"))
    for limit in (1, 2, 3, 4, 100):
        found, _ = everybody(people, root, q="max", limit=limit)
        assert found == [(t, f"{t}{n}") for t in ("acme", "beta", "gamma") for n in range(3)]
    found, _ = everybody(people, root, tenant_id="beta", limit=2)
    assert found == [("beta", f"beta{n}") for n in range(3)]


def test_a_page_over_many_tenants_has_its_bound(
    world: World, people: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MAX_LOOKS", 2)
    for number in range(5):
        put(world, "max", f"t{number}", name="Max" if number == 4 else "Ben")
    root = rest(world, "root", manages=True)
    first = people.search(root, "max")
    assert (first.users, first.cursor is None) == ([], False)
    assert everybody(people, root, q="max") == ([("t4", "max")], 3)


def test_without_any_tenant_nobody_is_found(world: World, people: Directory) -> None:
    reply = people.search(rest(world, "root", manages=True))
    assert (reply.users, reply.cursor) == ([], None)


def test_a_place_is_good_in_its_listing_and_for_its_owner_only(
    world: World, people: Directory
) -> None:
    for tenant in ("acme", "beta"):
        for number in range(3):
            put(world, f"u{number}", tenant)
    root, ann = rest(world, "root", manages=True), rest(world)
    cursors = {
        "all": people.search(root, limit=1).cursor,
        "acme": people.search(root, tenant_id="acme", limit=1).cursor,
        "ann": people.search(ann, limit=1).cursor,
    }
    listings: list[tuple[Connection, str | None, str]] = [
        (root, None, "all"),
        (root, "acme", "acme"),
        (ann, None, "ann"),
    ]
    for connection, named, own in listings:
        for name, cursor in cursors.items():
            if name == own:
                assert ids(people.search(connection, tenant_id=named, cursor=cursor))[0] == "u1"
                continue
            with pytest.raises(InvalidInput):
                people.search(connection, tenant_id=named, cursor=cursor)
    with pytest.raises(InvalidInput):
        people.search(root, tenant_id="beta", cursor=cursors["acme"])


def test_somebody_without_a_name_goes_by_the_id(world: World, people: Directory) -> None:
    put(world, "u1", picture="https://x.test/u1.png", role="lead")
    shown = people.get(rest(world), "u1")
    assert shown.model_dump(by_alias=True) == {
        "userId": "u1",
        "tenantId": "acme",
        "name": "u1",
        "picture": "https://x.test/u1.png",
        "role": "lead",
    }


def test_whoever_is_not_in_the_directory_is_not_found(world: World, people: Directory) -> None:
    put(world, "u1", "other")
    root = rest(world, "root", manages=True)
    world.out.users.remember(Profile(root.caller.tenant_id, root.caller.user_id, "Root"))
    for user in ("nobody", "u1", "@manage/root", "@u1", "@manage/nobody"):
        with pytest.raises(NotFound):
            people.get(rest(world), user)
    assert people.get(root, "u1", "other").user_id == "u1"
    assert people.get(root, "@manage/root").tenant_id == "@manage"
    for user, tenant in (("u1", "acme"), ("u1", "@manage"), ("@manage/x", None), ("@u1", "other")):
        with pytest.raises(NotFound):
            people.get(root, user, tenant)


@pytest.mark.parametrize(
    "user", ["", "x" * 129, "a\n", "\ud800", "@manage/", "@manage/" + "x" * 129]
)
def test_what_is_no_user_id_is_refused(world: World, people: Directory, user: str) -> None:
    for connection, tenant in ((rest(world), None), (rest(world, "root", manages=True), "acme")):
        with pytest.raises(InvalidInput):
            people.get(connection, user, tenant)


def test_a_tenant_is_named_in_manage_scope_only_and_has_to_be_there(
    world: World, people: Directory
) -> None:
    put(world, "u1")
    with pytest.raises(InvalidInput):
        people.get(rest(world), "u1", "acme")
    root = rest(world, "root", manages=True)
    with pytest.raises(InvalidInput):
        people.get(root, "u1")
    for tenant in ("nowhere", "", "x" * 5_000, "a\x00", "\ud800"):
        with pytest.raises(NotFound):
            people.get(root, "u1", tenant)
        with pytest.raises(NotFound):
            people.search(root, tenant_id=tenant)


def test_every_request_counts() -> None:
    few = World(requests_per_minute=1)
    calls: list[Callable[[Directory, Connection], object]] = [
        lambda one, who: one.search(who),
        lambda one, who: one.get(who, "u1"),
        lambda one, who: one.put(who, "u1", None, PutUser()),
        lambda one, who: one.revoke(who, "u1"),
        lambda one, who: one.me(who),
        lambda one, who: one.patch_me(who, PatchMe(read_receipts=True)),
    ]
    who = admin(few)
    few.app.directory.me(who)
    for call in calls:
        with pytest.raises(RateLimited):
            call(few.app.directory, who)


# --- Changing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ADMINS)
def test_admins_put_whole_profiles(world: World, people: Directory, role: str) -> None:
    put(world, "u1", name="Old", picture="https://x.test/old.png", role="lead", email="o@x.test")
    asking = rest(world, role=role)
    wanted = PutUser(name="  New\tName ", email="new@x.test")
    shown = people.put(asking, "u1", None, wanted)
    assert (shown.name, shown.picture, shown.role) == ("New Name", None, None)
    assert shown.email == "new@x.test"
    assert people.get(asking, "u1") == shown
    assert ids(people.search(asking, "old")) == []


def test_somebody_may_be_put_who_never_connected(world: World, people: Directory) -> None:
    people.put(admin(world), "later", None, PutUser(name="Later"))
    assert ids(people.search(rest(world), "lat")) == ["later"]


def test_others_may_put_and_revoke_nobody_not_even_themselves(
    world: World, people: Directory
) -> None:
    for role in ("member", "Service", "admin"):
        asking = rest(world, "ann", role=role)
        for user in ("ann", "nobody", "@manage/root"):
            with pytest.raises(Forbidden):
                people.put(asking, user, None, PutUser(name="X"))
            with pytest.raises(Forbidden):
                people.revoke(asking, user)
    assert "users.put" not in world.out.calls
    assert "users.revoke" not in world.out.calls


def test_admins_of_a_tenant_reach_no_other_and_no_manage_user(
    world: World, people: Directory
) -> None:
    put(world, "u1", "other", name="Other")
    for user in ("@manage/root", "@x"):
        with pytest.raises(NotFound):
            people.put(admin(world), user, None, PutUser(name="X"))
        with pytest.raises(NotFound):
            people.revoke(admin(world), user)
    people.put(admin(world), "u1", None, PutUser(name="Mine"))
    people.revoke(admin(world), "u1")
    other = rest(world, "x", "other")
    assert people.get(other, "u1").name == "Other"
    assert world.out.users.revoked_before(TenantId("other"), UserId("u1")) == 0


@pytest.mark.parametrize(
    "field",
    [
        {"name": "\u200b \u00a0"},
        {"picture": "http://x.test/a.png"},
        {"picture": "javascript:alert(1)"},
        {"picture": "https://x.test/a b"},
        {"role": "a\nb"},
        {"email": "a\x00@x.test"},
    ],
    ids=str,
)
def test_what_could_not_be_shown_is_refused_by_its_name(
    world: World, people: Directory, field: dict[str, str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        people.put(admin(world), "u1", None, PutUser(**{"name": "Fine", **field}))
    assert [detail.path for detail in refused.value.details] == list(field)
    assert "users.put" not in world.out.calls


def test_open_clients_see_a_new_name_at_once(world: World, people: Directory) -> None:
    ann, bob = world.person("ann"), world.person("bob")
    stranger, root = world.person("eve", "other"), world.person("root", manages=True)
    world.settle()
    people.put(admin(world), "ann", None, PutUser(name="Anna", picture="https://x.test/a.png"))
    told = {"userId": "ann", "status": "online", "lastSeenAt": None, "name": "Anna"}
    assert world.events_of(ann, "presence:update") == [{"users": [told]}]
    assert world.events_of(bob, "presence:update") == [{"users": [told]}]
    assert world.events_of(root, "presence:update") == [{"users": [{**told, "tenantId": "acme"}]}]
    assert world.events_of(stranger) == []
    shown = world.do(bob, "presence.list", userIds=["ann"])["users"][0]
    assert (shown["name"], shown["picture"]) == ("Anna", "https://x.test/a.png")


def test_what_nobody_sees_is_announced_to_nobody(world: World, people: Directory) -> None:
    bob = world.person("bob")
    world.person("ann", role="lead")
    world.settle()
    people.put(admin(world), "ann", None, PutUser(name="Ann", role="lead", email="a@x.test"))
    people.put(admin(world), "new", None, PutUser(name="New"))
    assert world.events_of(bob) == []


def test_a_name_is_stored_while_redis_is_away(world: World, people: Directory) -> None:
    bob = world.person("bob")
    world.person("ann")
    world.settle()
    world.out.server.down = True
    assert people.put(admin(world), "ann", None, PutUser(name="Anna")).name == "Anna"
    world.out.server.down = False
    assert people.get(bob, "ann").name == "Anna"
    world.out.faults["presence.rename"].append(CacheUnavailable("down"))
    assert people.put(admin(world), "ann", None, PutUser(name="Hanna")).name == "Hanna"
    assert world.events_of(bob) == []


def test_in_manage_scope_people_of_any_tenant_are_put(world: World, people: Directory) -> None:
    put(world, "u1", "other", name="Old")
    root = rest(world, "root", manages=True)
    assert people.put(root, "u1", "other", PutUser(name="New")).tenant_id == "other"
    assert people.put(root, "@manage/eve", None, PutUser(name="Eve")).tenant_id == "@manage"
    with pytest.raises(NotFound):
        people.put(root, "u1", "nowhere", PutUser(name="New"))


# --- Oneself -------------------------------------------------------------------------------------


def test_me_is_whoever_the_token_says(world: World, people: Directory) -> None:
    assert people.me(rest(world, "ann", role="lead")) == MyProfileView(
        user_id="ann",
        tenant_id="acme",
        name="Ann",
        role="lead",
        scope="tenant",
        read_receipts=True,
    )
    root = people.me(rest(world, "root", manages=True))
    assert (root.user_id, root.tenant_id, root.scope) == ("@manage/root", "@manage", "manage")


def test_without_a_name_in_the_token_the_directory_names_me(
    world: World, people: Directory
) -> None:
    put(world, "7", name="Seven")
    # `World.caller` makes names of ids, and a digit has no capital.
    assert people.me(rest(world, "7")).name == "Seven"
    assert people.me(rest(world, "8")).name == "8"


@pytest.mark.parametrize("manages", [False, True])
def test_read_receipts_are_turned_off_and_on(
    world: World, people: Directory, manages: bool
) -> None:
    ann = rest(world, "ann", manages=manages)
    for wanted in (False, False, True, True):
        assert people.patch_me(ann, PatchMe(read_receipts=wanted)).read_receipts is wanted
        assert people.me(ann).read_receipts is wanted
    assert world.out.calls.count("users.hide_reads") == 2


def test_whoever_only_uses_rest_is_found_too(world: World, people: Directory) -> None:
    people.patch_me(rest(world, "ann"), PatchMe(read_receipts=True))
    assert ids(people.search(rest(world, "bob"), "ann")) == ["ann"]
