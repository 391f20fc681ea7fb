"""`RoomCache`: which rooms changed, since when, and how often receipts may be pushed."""

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Head
from tests.contract.redis_fixtures import Caches
from tests.contract.test_room_cache import ANNA, BEN, OTHER, ROOM

# --- The log of changes -------------------------------------------------------------------------


def changes(caches: Caches, tenant: TenantId, ago_s: float, user: UserId = ANNA) -> object:
    since = caches.clock.now().timestamp() - ago_s
    return caches.rooms.changed_since(tenant, user, since)[1]


def test_a_users_changed_rooms_are_told(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.add_rooms(tenant, ANNA, [ROOM, OTHER], complete=True)
    caches.rooms.log_changes(tenant, [ROOM, RoomId("r-of-others")])
    caches.clock.advance(10)
    caches.rooms.log_changes(tenant, [OTHER])
    assert changes(caches, tenant, 10) == [ROOM, OTHER]
    assert changes(caches, tenant, 9.9) == [OTHER]
    caches.clock.advance(1)
    assert changes(caches, tenant, 0.5) == []


def test_a_commit_is_a_change_of_its_room(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.add_rooms(tenant, ANNA, [ROOM, OTHER], complete=True)
    caches.rooms.end_turn(tenant, ROOM, None, Head(1), 0.01)
    caches.rooms.end_turn(tenant, OTHER, None)
    caches.clock.advance(5)
    assert changes(caches, tenant, 5) == [ROOM]
    caches.rooms.end_turn(tenant, OTHER, None, Head(1))
    assert changes(caches, tenant, 1) == [OTHER]


def test_in_a_busy_tenant_too_only_the_users_rooms_are_told(
    caches: Caches, tenant: TenantId
) -> None:
    caches.rooms.add_rooms(tenant, ANNA, [ROOM, OTHER], complete=True)
    caches.rooms.log_changes(tenant, [OTHER])
    caches.clock.advance(10)
    caches.rooms.log_changes(tenant, [RoomId(f"x{number}") for number in range(3_000)])
    caches.rooms.log_changes(tenant, [ROOM])
    assert changes(caches, tenant, 5) == [ROOM]
    assert changes(caches, tenant, 15) == [ROOM, OTHER]


def test_a_user_of_many_rooms_is_told_too(caches: Caches, tenant: TenantId) -> None:
    mine = [RoomId(f"x{number:04}") for number in range(2_500)]
    caches.rooms.add_rooms(tenant, ANNA, mine, complete=True)
    caches.rooms.log_changes(tenant, mine[::2])
    assert changes(caches, tenant, 5) == mine[::2]


def test_incomplete_rooms_are_not_told(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.log_changes(tenant, [ROOM])
    assert changes(caches, tenant, 10) is None
    caches.rooms.add_rooms(tenant, ANNA, [ROOM], complete=False)
    assert changes(caches, tenant, 10) is None
    caches.rooms.add_rooms(tenant, ANNA, [], complete=True)
    assert changes(caches, tenant, 10) == [ROOM]
    assert changes(caches, tenant, 10, BEN) is None


def test_a_room_added_while_a_complete_list_is_on_its_way_stays(
    caches: Caches, tenant: TenantId
) -> None:
    caches.rooms.log_changes(tenant, [ROOM, OTHER])
    caches.rooms.add_rooms(tenant, ANNA, [OTHER], complete=False)
    caches.rooms.add_rooms(tenant, ANNA, [ROOM], complete=True)
    assert changes(caches, tenant, 10) == [ROOM, OTHER]


def test_before_the_log_begins_every_room_may_have_changed(
    caches: Caches, tenant: TenantId
) -> None:
    caches.rooms.add_rooms(tenant, ANNA, [ROOM, OTHER], complete=True)
    caches.rooms.log_changes(tenant, [ROOM])
    assert changes(caches, tenant, 3_600) == [ROOM]
    assert changes(caches, tenant, 3_601) == [ROOM, OTHER]


def test_the_epoch_stays_until_the_log_is_lost(caches: Caches, tenant: TenantId) -> None:
    first = caches.rooms.epoch(tenant)
    caches.rooms.log_changes(tenant, [ROOM])
    caches.clock.advance(4_000)
    caches.rooms.log_changes(tenant, [OTHER])
    assert caches.rooms.changed_since(tenant, ANNA, 0)[0] == first
    assert caches.rooms.epoch(tenant) == first
    caches.lose_everything()
    assert caches.rooms.changed_since(tenant, ANNA, 0) != (first, None)
    assert caches.rooms.epoch(tenant) != first
    assert caches.rooms.epoch(TenantId(f"{tenant}x")) != caches.rooms.epoch(tenant)


# --- Receipts -----------------------------------------------------------------------------------


def test_receipts_are_pushed_once_a_second_and_flushed_once(
    caches: Caches, tenant: TenantId
) -> None:
    def push(user: UserId = ANNA) -> str:
        return caches.rooms.may_push_receipt(tenant, ROOM, user)

    assert [push(), push(), push(), push()] == ["now", "later", "never", "never"]
    assert push(BEN) == "now"
    caches.clock.advance(0.999)
    assert push() == "never"
    caches.clock.advance(0.001)
    assert [push(), push()] == ["now", "later"]
