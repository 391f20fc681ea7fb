"""`RoomCache`: hints that are never ahead of the truth, limits that hold, and nothing lost by halves."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.domain.ids import MANAGE_TENANT, MessageId, RoomId, SpaceId, TenantId, UserId
from parley.domain.messages import Head, Message, MessageType
from parley.domain.people import Connection
from parley.domain.presence import Status
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.errors import RateLimited
from parley.ports import RateLimit
from tests.contract.redis_fixtures import Caches, target_of, with_token_until

ANNA, BEN, ZOE = UserId("anna"), UserId("ben"), UserId("zoe")
ROOM, OTHER = RoomId("r-one"), RoomId("r-two")
MESSAGES = RateLimit("message", ((3, 10), (5, 60)))


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def roster_of(tenant: TenantId, *users: str, rev: int = 1) -> Roster:
    room = Room(
        room_id=ROOM,
        tenant_id=tenant,
        type=RoomType.GROUP,
        created_by=ANNA,
        created_at=at(1_800_000_000.123),
        member_count=len(users),
        name='Grüße "😀" {}',
        space_id=SpaceId("s:1"),
        rev=rev,
    )
    return Roster(room, {UserId(user): MemberRole.MEMBER for user in users})


def message_of(seq: int, rev: int = 0) -> Message:
    return Message(
        message_id=MessageId(f"m{seq}"),
        room_id=ROOM,
        seq=seq,
        client_id="c-1",
        sender_id=ANNA,
        sender_name="Änna",
        type=MessageType.TEXT,
        body=f"hello {seq}",
        created_at=at(1_800_000_000.123),
        rev=rev,
        reply_to=MessageId("m0"),
        mentions=(BEN,),
        attachments=("a1", "a2"),
        edited_at=at(1_800_000_001.5) if rev else None,
    )


def asking(caches: Caches, tenant: TenantId) -> Connection:
    return caches.connection(tenant, "anna", "c1")


def attempts_allowed(caches: Caches, connection: Connection, tries: int) -> int:
    allowed = 0
    for _ in range(tries):
        try:
            caches.rooms.allow(connection, MESSAGES)
        except RateLimited:
            continue
        allowed += 1
    return allowed


# --- Probing ------------------------------------------------------------------------------------


def test_a_cold_cache_knows_nothing(caches: Caches, tenant: TenantId) -> None:
    probe = caches.rooms.probe(tenant, asking(caches, tenant), ROOM, MESSAGES)
    assert (probe.roster, probe.head_seq, probe.wait_s) == (None, None, 0)
    assert (probe.targets, probe.sender_known) == ((), False)


def test_a_probe_tells_all_that_is_known(caches: Caches, tenant: TenantId) -> None:
    anna = asking(caches, tenant)
    ben = [caches.connection(tenant, "ben", name) for name in ("c2", "c3")]
    for connection in (anna, *ben, caches.connection(tenant, "zoe", "c4")):
        caches.presence.register(connection, Status.ONLINE)
    roster = roster_of(tenant, "anna", "ben", "absent")
    caches.rooms.put_roster(roster)
    caches.rooms.raise_heads(tenant, {ROOM: Head(7, message_of(7))})
    probe = caches.rooms.probe(tenant, anna, ROOM, MESSAGES, take_turn=True)
    assert probe.roster == roster
    assert (probe.head_seq, probe.wait_s, probe.sender_known) == (7, 0, True)
    assert set(probe.targets) == {target_of(one) for one in (anna, *ben)}


def test_a_silent_member_is_a_target_until_the_token_ends(
    caches: Caches, tenant: TenantId
) -> None:
    anna = asking(caches, tenant)
    ends_at = int(caches.clock.now().timestamp()) + 200
    ben = with_token_until(caches.connection(tenant, "ben", "c2"), ends_at)
    caches.presence.register(ben, Status.ONLINE)
    caches.rooms.put_roster(roster_of(tenant, "anna", "ben"))
    caches.clock.advance(260)
    assert caches.rooms.probe(tenant, anna, ROOM, None).targets == (target_of(ben),)
    caches.clock.advance(0.001)
    assert caches.rooms.probe(tenant, anna, ROOM, None).targets == ()


def test_a_caller_of_manage_scope_is_counted_and_known_at_home(
    caches: Caches, tenant: TenantId
) -> None:
    boss = asking(caches, TenantId(f"{MANAGE_TENANT}{tenant}"))
    caches.presence.register(boss, Status.ONLINE)
    caches.rooms.put_roster(roster_of(tenant, "anna"))
    one = RateLimit("message", ((1, 10),))
    probe = caches.rooms.probe(tenant, boss, ROOM, one, take_turn=True)
    assert probe.sender_known
    assert probe.roster is not None
    assert probe.targets == ()
    with pytest.raises(RateLimited):
        caches.rooms.allow(boss, one)
    with pytest.raises(RateLimited):
        caches.rooms.probe(tenant, boss, ROOM, one)


# --- Limits -------------------------------------------------------------------------------------


def test_each_window_holds_and_says_when_it_has_room(caches: Caches, tenant: TenantId) -> None:
    anna = asking(caches, tenant)
    for _ in range(3):
        caches.rooms.probe(tenant, anna, ROOM, MESSAGES)
        caches.clock.advance(1)
    with pytest.raises(RateLimited) as refusal:
        caches.rooms.probe(tenant, anna, ROOM, MESSAGES)
    assert refusal.value.retry_after_s == 7
    caches.clock.advance(6.999)
    assert attempts_allowed(caches, anna, 1) == 0
    caches.clock.advance(0.001)
    assert attempts_allowed(caches, anna, 2) == 1
    caches.clock.advance(1)
    assert attempts_allowed(caches, anna, 2) == 1
    with pytest.raises(RateLimited) as refusal:
        caches.rooms.allow(anna, MESSAGES)
    assert refusal.value.retry_after_s == 49


def test_a_refused_attempt_is_not_counted(caches: Caches, tenant: TenantId) -> None:
    anna = asking(caches, tenant)
    assert attempts_allowed(caches, anna, 50) == 3
    caches.clock.advance(10)
    assert attempts_allowed(caches, anna, 50) == 2


def test_a_refused_attempt_takes_no_turn(caches: Caches, tenant: TenantId) -> None:
    anna, none = asking(caches, tenant), RateLimit("message", ((1, 10),))
    caches.rooms.allow(anna, none)
    for _ in range(5):
        with pytest.raises(RateLimited):
            caches.rooms.probe(tenant, anna, ROOM, none, take_turn=True)
    assert caches.rooms.turn(tenant, ROOM) == (None, 0)


def test_limits_are_a_users_over_all_connections_and_apart_by_name(
    caches: Caches, tenant: TenantId
) -> None:
    anna = asking(caches, tenant)
    elsewhere = caches.connection(tenant, "anna", "c2")
    assert attempts_allowed(caches, anna, 2) + attempts_allowed(caches, elsewhere, 9) == 3
    caches.rooms.allow(anna, RateLimit("typing", ((1, 60),)))
    assert attempts_allowed(caches, caches.connection(tenant, "ben", "c3"), 9) == 3


def test_names_and_users_of_limits_are_not_mixed_up(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.allow(caches.connection(tenant, "b:c", "c1"), RateLimit("a", ((1, 60),)))
    caches.rooms.allow(caches.connection(tenant, "c", "c2"), RateLimit("a:b", ((1, 60),)))


# --- Turns --------------------------------------------------------------------------------------


def test_turns_follow_each_other_at_the_pace_of_commits(caches: Caches, tenant: TenantId) -> None:
    for _ in range(60):
        caches.rooms.raise_heads(tenant, {ROOM: Head(1, message_of(1))}, commit_s=0.05)
    waits = [caches.rooms.turn(tenant, ROOM)[1] for _ in range(5)]
    assert waits == pytest.approx([0, 0.05, 0.1, 0.15, 0.2], abs=0.001)
    assert caches.rooms.turn(tenant, OTHER)[1] == 0
    caches.clock.advance(1)
    assert caches.rooms.turn(tenant, ROOM) == (1, 0)


@pytest.mark.parametrize(("commit_s", "pace_s"), [(5.0, 0.2), (0.0, 0.001)])
def test_a_pace_has_bounds(
    caches: Caches, tenant: TenantId, commit_s: float, pace_s: float
) -> None:
    for _ in range(60):
        caches.rooms.raise_heads(tenant, {ROOM: Head(1)}, commit_s)
    waits = [caches.rooms.turn(tenant, ROOM)[1] for _ in range(3)]
    assert waits[1] == pytest.approx(pace_s, abs=0.0005)


def test_nobody_waits_longer_than_three_seconds(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.raise_heads(tenant, {ROOM: Head(1)}, 0.2)
    waits = [caches.rooms.turn(tenant, ROOM)[1] for _ in range(400)]
    assert max(waits) == 3
    assert waits == sorted(waits)


# --- Heads --------------------------------------------------------------------------------------


def test_heads_only_move_up(caches: Caches, tenant: TenantId) -> None:
    for seq in (3, 7, 5, 1):
        caches.rooms.raise_heads(tenant, {ROOM: Head(seq, message_of(seq))})
    assert caches.rooms.head_seq(tenant, ROOM) == 7
    assert caches.rooms.heads(tenant, [ROOM, OTHER]) == {ROOM: Head(7, message_of(7))}
    assert caches.rooms.head_seq(tenant, OTHER) is None
    assert caches.rooms.heads(tenant, []) == {}


def test_an_edit_of_the_last_message_replaces_it_and_never_goes_back(
    caches: Caches, tenant: TenantId
) -> None:
    for rev in (0, 4, 2):
        caches.rooms.raise_heads(tenant, {ROOM: Head(7, message_of(7, rev))})
    assert caches.rooms.heads(tenant, [ROOM])[ROOM].last_message == message_of(7, 4)


def test_heads_keep_previews_only(caches: Caches, tenant: TenantId) -> None:
    long = replace(message_of(1), body="😀" * 4_000, reactions={"👍": (ANNA,)})
    gone = replace(message_of(1), body=None, deleted_at=at(1_800_000_002.0))
    caches.rooms.raise_heads(tenant, {ROOM: Head(1, long), OTHER: Head(1, gone)})
    heads = caches.rooms.heads(tenant, [ROOM, OTHER])
    assert heads[ROOM].last_message == replace(message_of(1), body="😀" * 200)
    assert heads[OTHER].last_message == gone


def test_an_empty_room_has_a_head(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.raise_heads(tenant, {ROOM: Head(0)})
    assert caches.rooms.heads(tenant, [ROOM]) == {ROOM: Head(0)}
    caches.rooms.raise_heads(tenant, {})


# --- Rosters ------------------------------------------------------------------------------------


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


def test_a_late_invalidation_leaves_what_is_newer(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.put_roster(roster_of(tenant, "anna", rev=7))
    caches.rooms.drop_roster(tenant, ROOM, 6)
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
