"""`RoomCache` of channels and organization rooms, whose people follow from their tokens."""

from dataclasses import replace

import pytest

from parley.domain.ids import SpaceId, TenantId
from parley.domain.people import Connection
from parley.domain.presence import Status, Target
from parley.domain.rooms import RoomType, Roster
from tests.contract.redis_fixtures import Caches, target_of, with_token_until
from tests.contract.test_presence_subscriptions import NORTH, SOUTH, in_spaces
from tests.contract.test_room_cache import MESSAGES, ROOM, roster_of


def open_roster(tenant: TenantId, kind: RoomType, space: SpaceId | None = None) -> Roster:
    roster = roster_of(tenant)
    return Roster(replace(roster.room, type=kind, space_id=space), {})


def present(caches: Caches, tenant: TenantId, user: str, *spaces: SpaceId) -> Connection:
    connection = in_spaces(caches.connection(tenant, user, f"c-{user}"), *spaces)
    assert caches.presence.register(connection, Status.ONLINE).accepted
    return connection


def reached(caches: Caches, asker: Connection) -> set[Target]:
    """Return the connections that a room's events go to."""
    probe = caches.rooms.probe(asker.caller.tenant_id, asker, ROOM, MESSAGES)
    return set(probe.targets)


def test_an_organization_room_reaches_everybody_of_the_tenant(
    caches: Caches, tenant: TenantId
) -> None:
    anna, ben = present(caches, tenant, "anna"), present(caches, tenant, "ben", NORTH)
    present(caches, TenantId(f"{tenant}x"), "zoe")
    roster = open_roster(tenant, RoomType.ORGANIZATION)
    caches.rooms.put_roster(roster)
    assert reached(caches, anna) == {target_of(anna), target_of(ben)}
    probe = caches.rooms.probe(tenant, anna, ROOM, None)
    assert (probe.roster, probe.sender_known) == (roster, True)


def test_a_channel_reaches_connections_whose_token_names_its_space(
    caches: Caches, tenant: TenantId
) -> None:
    anna, ben = present(caches, tenant, "anna", SOUTH, NORTH), present(caches, tenant, "ben", SOUTH)
    older = in_spaces(caches.connection(tenant, "ben", "older"), NORTH)
    caches.presence.register(older, Status.ONLINE)
    present(caches, tenant, "zoe")
    roster = open_roster(tenant, RoomType.CHANNEL, SOUTH)
    caches.rooms.put_roster(roster)
    assert reached(caches, anna) == {target_of(anna), target_of(ben)}
    assert caches.rooms.probe(tenant, anna, ROOM, None).roster == roster


def test_a_channel_that_lost_its_space_is_nobodys(caches: Caches, tenant: TenantId) -> None:
    anna = present(caches, tenant, "anna", NORTH)
    caches.rooms.put_roster(open_roster(tenant, RoomType.CHANNEL))
    probe = caches.rooms.probe(tenant, anna, ROOM, None, take_turn=True)
    assert (probe.targets, probe.turn) == ((), None)


def test_an_open_room_reaches_nobody_whose_token_ended(caches: Caches, tenant: TenantId) -> None:
    anna = present(caches, tenant, "anna")
    ends_at = int(caches.clock.now().timestamp())
    ended = with_token_until(caches.connection(tenant, "ben", "c2"), ends_at)
    caches.presence.register(ended, Status.ONLINE)
    caches.clock.advance(60.001)
    caches.rooms.put_roster(open_roster(tenant, RoomType.ORGANIZATION))
    assert reached(caches, anna) == {target_of(anna)}


@pytest.mark.parametrize("limit", [0, 1, 2, 3, None])
@pytest.mark.parametrize("kind", [RoomType.GROUP, RoomType.CHANNEL, RoomType.ORGANIZATION])
def test_connections_of_too_many_people_are_left_out(
    caches: Caches, tenant: TenantId, kind: RoomType, limit: int | None
) -> None:
    people = [present(caches, tenant, user, SOUTH) for user in ("anna", "ben")]
    if kind is RoomType.GROUP:
        roster = roster_of(tenant, "anna", "ben")
    else:
        # One has seen it; its events go to two.
        space = SOUTH if kind is RoomType.CHANNEL else None
        roster = open_roster(tenant, kind, space)
        roster = Roster(replace(roster.room, member_count=1), {})
    caches.rooms.put_roster(roster)
    probe = caches.rooms.probe(tenant, people[0], ROOM, None, targets_up_to=limit)
    assert probe.roster == roster
    assert probe.crowded is (limit is not None and limit < 2)
    assert len(probe.targets) == (0 if probe.crowded else 2)


def test_an_open_room_that_many_have_seen_is_crowded(caches: Caches, tenant: TenantId) -> None:
    anna = present(caches, tenant, "anna")
    roster = open_roster(tenant, RoomType.ORGANIZATION)
    caches.rooms.put_roster(Roster(replace(roster.room, member_count=3), {}))
    assert caches.rooms.probe(tenant, anna, ROOM, None, targets_up_to=2).crowded
    assert not caches.rooms.probe(tenant, anna, ROOM, None, targets_up_to=3).crowded


def test_a_roster_is_read_while_it_is_believed(caches: Caches, tenant: TenantId) -> None:
    assert caches.rooms.roster(tenant, ROOM) is None
    roster = roster_of(tenant, "anna")
    caches.rooms.put_roster(roster)
    assert caches.rooms.roster(tenant, ROOM) == roster
    assert caches.rooms.roster(TenantId(f"{tenant}x"), ROOM) is None
    caches.clock.advance(60)
    assert caches.rooms.roster(tenant, ROOM) is None
    caches.rooms.put_roster(roster)
    caches.rooms.drop_roster(tenant, ROOM, roster.room.rev + 1)
    assert caches.rooms.roster(tenant, ROOM) is None


@pytest.mark.parametrize(
    ("kind", "space", "spaces", "may"),
    [
        (RoomType.ORGANIZATION, None, (), True),
        (RoomType.CHANNEL, SOUTH, (NORTH, SOUTH), True),
        (RoomType.CHANNEL, SOUTH, (NORTH,), False),
        (RoomType.CHANNEL, SOUTH, (), False),
    ],
)
def test_a_turn_is_for_those_whom_the_room_admits(
    caches: Caches,
    tenant: TenantId,
    kind: RoomType,
    space: SpaceId | None,
    spaces: tuple[SpaceId, ...],
    may: bool,
) -> None:
    caches.rooms.put_roster(open_roster(tenant, kind, space))
    asker = in_spaces(caches.connection(tenant, "anna", "c1"), *spaces)
    for _ in range(2):
        probe = caches.rooms.probe(tenant, asker, ROOM, MESSAGES, take_turn=True)
        assert (probe.turn is not None) is may
    assert probe.turn is None or (probe.turn.ticket, probe.turn.ahead) == (2, 1)


def test_an_open_room_gives_no_turn_to_somebody_of_another_tenant(
    caches: Caches, tenant: TenantId
) -> None:
    caches.rooms.put_roster(open_roster(tenant, RoomType.ORGANIZATION))
    stranger = caches.connection(TenantId(f"{tenant}x"), "anna", "c1")
    assert caches.rooms.probe(tenant, stranger, ROOM, MESSAGES, take_turn=True).turn is None


def test_a_group_that_names_a_space_reaches_its_members_only(
    caches: Caches, tenant: TenantId
) -> None:
    anna = present(caches, tenant, "anna")
    present(caches, tenant, "ben", SpaceId("s:1"))
    caches.rooms.put_roster(roster_of(tenant, "anna"))
    assert reached(caches, anna) == {target_of(anna)}
