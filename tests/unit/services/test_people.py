"""Who is here, asked for: everybody or named ones, in pages (SPEC §4)."""

import pytest

from tests.support.memory import World


def test_everyone_who_is_not_offline_is_listed_with_what_their_token_said(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    world.do(bob, "presence.heartbeat", status="away")
    world.app.presence.disconnected(world.person("carol"))
    common = {"tenantId": "acme", "picture": None, "role": "member", "lastSeenAt": None}
    assert world.do(alice, "presence.list") == {
        "users": [
            {"userId": "alice", "name": "Alice", "status": "online", **common},
            {"userId": "bob", "name": "Bob", "status": "away", **common},
        ],
        "cursor": None,
    }


def test_named_users_are_shown_whoever_they_are(world: World) -> None:
    alice = world.person("alice")
    world.app.presence.disconnected(world.person("carol"))
    world.wait(100)
    world.out.server.flush_all()
    users = world.do(alice, "presence.list", userIds=["nobody", "carol", "nobody"])["users"]
    assert [(u["userId"], u["name"], u["status"], u["role"]) for u in users] == [
        ("carol", "Carol", "offline", "member"),
        ("nobody", "nobody", "offline", None),
    ]


def test_lists_are_paged_below_30_kb(world: World) -> None:
    alice = world.person("alice")
    for number in range(400):
        world.person(f"user-{number:03}")
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.do(alice, "presence.list", **cursor)
        seen += [user["userId"] for user in page["users"]]
        if page["cursor"] is None:
            break
        cursor = {"cursor": page["cursor"]}
    assert seen == ["alice", *(f"user-{number:03}" for number in range(400))]
    assert cursor


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "WzFd", "é", "e30=", "////", "W251bGxd"])
def test_a_cursor_of_nobodys_is_refused(world: World, cursor: str) -> None:
    reply = world.ask(world.person("alice"), "presence.list", cursor=cursor)
    assert reply["error"] == "VALIDATION_ERROR"
    assert reply["details"][0]["path"] == "data.cursor"


def test_a_cursor_is_good_for_who_got_it_and_unchanged(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    asked = [f"user-{number:03}" for number in range(400)]
    cursor = world.do(alice, "presence.list", userIds=asked)["cursor"]
    again = {"userIds": asked, "cursor": cursor}
    assert world.do(alice, "presence.list", **again) == world.do(alice, "presence.list", **again)
    assert world.refused(bob, "presence.list", **again) == "VALIDATION_ERROR"
    changed = ("B" if cursor[0] == "A" else "A") + cursor[1:]
    assert world.refused(alice, "presence.list", cursor=changed) == "VALIDATION_ERROR"


def test_lists_are_limited(world: World) -> None:
    small = World(requests_per_minute=2)
    alice = small.person("alice")
    for _ in range(2):
        small.do(alice, "presence.list")
    assert small.refused(alice, "presence.list") == "RATE_LIMITED"
