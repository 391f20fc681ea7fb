"""`RoomCache`: rosters that are never older than what is known, nor believed for long."""

from dataclasses import replace

import pytest

from parley.domain.ids import MANAGE_TENANT, TenantId
from parley.domain.people import Connection
from parley.domain.presence import Status
from parley.domain.rooms import RoomType, Roster
from tests.contract.redis_fixtures import Caches, Server, redis_caches, target_of
from tests.contract.test_room_cache import MESSAGES, ROOM, asking, roster_of


def known_rev(caches: Caches, tenant: TenantId) -> int | None:
    roster = caches.rooms.probe(tenant, asking(caches, tenant), ROOM, None).roster
    return roster.room.rev if roster else None


def test_a_roster_never_goes_back(caches: Caches, tenant: TenantId) -> None:
    for rev in (2, 5, 3):
        caches.rooms.put_roster(roster_of(tenant, "anna", rev=rev))
    assert known_rev(caches, tenant) == 5


def test_a_roster_that_was_read_before_an_invalidation_is_refused(
    caches: Caches, tenant: TenantId
) -> None:
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=5))
    caches.rooms.drop_roster(tenant, ROOM, 6)
    assert known_rev(caches, tenant) is None
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=5))
    assert known_rev(caches, tenant) is None
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=6))
    assert known_rev(caches, tenant) == 6


def test_a_late_invalidation_leaves_what_is_as_new(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=7))
    for rev in (6, 7):
        caches.rooms.drop_roster(tenant, ROOM, rev)
        assert known_rev(caches, tenant) == 7
    caches.rooms.drop_roster(tenant, ROOM, 9)
    caches.rooms.drop_roster(tenant, ROOM, 8)
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=8))
    assert known_rev(caches, tenant) is None


def test_a_roster_of_a_thousand_members_is_kept_whole(caches: Caches, tenant: TenantId) -> None:
    roster = roster_of(tenant, *(f"user {number}:{{}}😀" for number in range(1_000)), "7")
    caches.rooms.put_roster(roster)
    caches.presence.register(caches.connection(tenant, "7", "c7"), Status.ONLINE)
    probe = caches.rooms.probe(tenant, asking(caches, tenant), ROOM, None)
    assert probe.roster == roster
    assert [target.user_id for target in probe.targets] == ["7"]


# --- How long they are believed -----------------------------------------------------------------


def test_a_roster_is_believed_for_a_minute_however_often_it_is_read(
    caches: Caches, tenant: TenantId
) -> None:
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=5))
    for seconds in (30, 29.999):
        caches.clock.advance(seconds)
        assert known_rev(caches, tenant) == 5
    caches.clock.advance(0.001)
    probe = caches.rooms.probe(tenant, asking(caches, tenant), ROOM, None, take_turn=True)
    assert (probe.roster, probe.turn, probe.targets) == (None, None, ())


def test_a_roster_that_is_read_again_is_believed_again(caches: Caches, tenant: TenantId) -> None:
    for _ in range(3):
        caches.rooms.put_roster(roster_of(tenant, "anna", rev=5))
        caches.clock.advance(59)
        assert known_rev(caches, tenant) == 5


def test_what_is_not_believed_any_more_still_refuses_what_is_older(
    caches: Caches, tenant: TenantId
) -> None:
    caches.rooms.put_roster(roster_of(tenant, "anna", "ben", rev=5))
    caches.clock.advance(3_600)
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=4))
    assert known_rev(caches, tenant) is None
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=5))
    assert known_rev(caches, tenant) == 5


def test_an_invalidation_outlives_the_minute(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.drop_roster(tenant, ROOM, 6)
    caches.clock.advance(3_600)
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=5))
    assert known_rev(caches, tenant) is None


def test_a_server_that_was_rolled_back_believes_its_old_roster_for_a_minute(
    valkey: Server, tenant: TenantId
) -> None:
    client, admin = valkey.client(), valkey.admin(decode=False)
    caches = redis_caches(valkey, client)
    caches.rooms.put_roster(roster_of(tenant, "anna", "ben", rev=5))
    (key,) = admin.scan_iter(match=f"{caches.prefix}:*roster*")
    old = admin.dump(key)
    assert old is not None
    caches.rooms.drop_roster(tenant, ROOM, 6)
    admin.restore(key, 0, old, replace=True)
    assert known_rev(caches, tenant) == 5
    caches.clock.advance(60)
    assert known_rev(caches, tenant) is None
    admin.close()
    client.close()


# --- Whose connections are asked for ------------------------------------------------------------


def joined(caches: Caches, tenant: TenantId, *users: str) -> list[Connection]:
    people = [caches.connection(tenant, user, f"c-{user}") for user in users]
    for connection in people:
        caches.presence.register(connection, Status.ONLINE)
    return people


def open_room(tenant: TenantId, seen_by: int) -> Roster:
    room = roster_of(tenant).room
    return Roster(replace(room, type=RoomType.ORGANIZATION, member_count=seen_by), {})


@pytest.mark.parametrize(("up_to", "told"), [(None, True), (3, True), (2, True), (1, False)])
@pytest.mark.parametrize("is_open", [False, True])
def test_connections_are_told_of_rooms_up_to_a_size(
    caches: Caches, tenant: TenantId, up_to: int | None, told: bool, is_open: bool
) -> None:
    anna, ben = joined(caches, tenant, "anna", "ben")
    roster = open_room(tenant, 2) if is_open else roster_of(tenant, "anna", "ben")
    caches.rooms.put_roster(roster)
    probe = caches.rooms.probe(tenant, anna, ROOM, MESSAGES, take_turn=True, targets_up_to=up_to)
    assert set(probe.targets) == ({target_of(anna), target_of(ben)} if told else set())
    assert (probe.roster, probe.sender_known) == (roster, True)
    assert probe.turn is not None


def test_nobody_is_told_where_nobody_is_asked_for(caches: Caches, tenant: TenantId) -> None:
    (anna,) = joined(caches, tenant, "anna")
    boss = caches.connection(MANAGE_TENANT, "@manage/boss", "c9")
    caches.rooms.put_roster(roster_of(tenant, "anna"))
    for asker in (anna, boss):
        probe = caches.rooms.probe(tenant, asker, ROOM, MESSAGES, targets_up_to=0)
        assert probe.targets == ()
