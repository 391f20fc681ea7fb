"""`RoomCache`: hints that are never ahead of the truth, and limits that hold."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from parley.adapters.memory.cache import MemoryRoomCache
from parley.domain.ids import MANAGE_TENANT, MessageId, RoomId, SpaceId, TenantId, UserId
from parley.domain.messages import Head, Message, MessageType
from parley.domain.people import Connection
from parley.domain.presence import Status
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.errors import RateLimited
from parley.ports import RateLimit, Turn
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
    assert (probe.roster, probe.head_seq, probe.turn) == (None, None, None)
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
    assert (probe.head_seq, probe.sender_known) == (7, True)
    assert set(probe.targets) == {target_of(one) for one in (anna, *ben)}


def test_a_silent_member_is_a_target_until_the_token_ends(caches: Caches, tenant: TenantId) -> None:
    anna = asking(caches, tenant)
    ends_at = int(caches.clock.now().timestamp()) + 200
    ben = with_token_until(caches.connection(tenant, "ben", "c2"), ends_at)
    caches.presence.register(ben, Status.ONLINE)
    caches.clock.advance(200)
    caches.rooms.put_roster(roster_of(tenant, "anna", "ben"))
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
    caches.rooms.put_roster(roster_of(tenant, "anna"))
    anna, none = asking(caches, tenant), RateLimit("message", ((1, 10),))
    caches.rooms.allow(anna, none)
    for _ in range(5):
        with pytest.raises(RateLimited):
            caches.rooms.probe(tenant, anna, ROOM, none, take_turn=True)
    assert caches.rooms.progress(tenant, ROOM) == (None, 0)


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


def queue_up(caches: Caches, tenant: TenantId, user: str) -> Turn:
    caches.rooms.put_roster(roster_of(tenant, "anna", "ben", "cleo"))
    asking = caches.connection(tenant, user, f"c-{user}")
    turn = caches.rooms.probe(tenant, asking, ROOM, None, take_turn=True).turn
    assert turn is not None
    return turn


def test_those_who_commit_in_a_room_queue_up(caches: Caches, tenant: TenantId) -> None:
    turns = [queue_up(caches, tenant, user) for user in ("anna", "ben", "cleo")]
    assert [turn.ahead for turn in turns] == [0, 1, 2]
    assert caches.rooms.progress(tenant, ROOM) == (None, 0)
    caches.rooms.end_turn(tenant, ROOM, turns[0], Head(1, message_of(1)), 0.02)
    assert caches.rooms.progress(tenant, ROOM) == (1, turns[0].ticket)
    assert queue_up(caches, tenant, "anna").ahead == 2


def test_a_turn_that_ends_without_a_commit_leaves_the_head(
    caches: Caches, tenant: TenantId
) -> None:
    turn = queue_up(caches, tenant, "anna")
    caches.rooms.end_turn(tenant, ROOM, turn)
    assert caches.rooms.progress(tenant, ROOM) == (None, turn.ticket)
    assert queue_up(caches, tenant, "ben").ahead == 0


def test_whoever_gives_up_lets_nobody_go_who_waits_for_others(
    caches: Caches, tenant: TenantId
) -> None:
    turns = [queue_up(caches, tenant, user) for user in ("anna", "ben", "cleo", "anna")]
    for giving_up in (turns[2], turns[1]):
        caches.rooms.end_turn(tenant, ROOM, giving_up)
        assert caches.rooms.progress(tenant, ROOM) == (None, 0)
    caches.rooms.end_turn(tenant, ROOM, turns[0], Head(1, message_of(1)), 0.02)
    assert caches.rooms.progress(tenant, ROOM) == (1, turns[2].ticket)
    caches.rooms.end_turn(tenant, ROOM, turns[3], Head(2, message_of(2)), 0.02)
    assert queue_up(caches, tenant, "anna").ahead == 0


def test_whoever_is_overtaken_may_still_give_up(caches: Caches, tenant: TenantId) -> None:
    turns = [queue_up(caches, tenant, user) for user in ("anna", "ben", "cleo")]
    caches.rooms.end_turn(tenant, ROOM, turns[1], Head(1, message_of(1)), 0.02)
    caches.rooms.end_turn(tenant, ROOM, turns[0])
    assert caches.rooms.progress(tenant, ROOM) == (1, turns[1].ticket)


def test_whoever_is_overtaken_is_no_longer_waited_for(caches: Caches, tenant: TenantId) -> None:
    queue_up(caches, tenant, "anna")
    second = queue_up(caches, tenant, "ben")
    caches.rooms.end_turn(tenant, ROOM, second, Head(1, message_of(1)), 0.02)
    assert queue_up(caches, tenant, "cleo").ahead == 0


def test_a_queue_that_nobody_touched_for_a_while_is_empty(caches: Caches, tenant: TenantId) -> None:
    queue_up(caches, tenant, "anna")
    # The server's own clock expires keys, so only the memory twin can be made older.
    if isinstance(caches.rooms, MemoryRoomCache):
        caches.clock.advance(6)
        assert queue_up(caches, tenant, "ben").ahead == 0


@pytest.mark.parametrize(("commit_s", "pace_s"), [(5.0, 0.2), (0.0, 0.001), (0.05, 0.05)])
def test_a_queue_knows_how_long_a_commit_takes_within_bounds(
    caches: Caches, tenant: TenantId, commit_s: float, pace_s: float
) -> None:
    for _ in range(60):
        caches.rooms.end_turn(tenant, ROOM, None, Head(1), commit_s)
    assert queue_up(caches, tenant, "anna").commit_s == pytest.approx(pace_s, abs=0.001)


def test_only_known_members_queue_up(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.put_roster(roster_of(tenant, "ben"))
    anna = asking(caches, tenant)
    assert caches.rooms.probe(tenant, anna, ROOM, None, take_turn=True).turn is None


def test_a_commit_without_a_turn_still_moves_the_head(caches: Caches, tenant: TenantId) -> None:
    caches.rooms.end_turn(tenant, ROOM, None, Head(3, message_of(3)), 0.02)
    assert caches.rooms.progress(tenant, ROOM) == (3, 0)


# --- Heads --------------------------------------------------------------------------------------


def test_heads_only_move_up(caches: Caches, tenant: TenantId) -> None:
    for seq in (3, 7, 5, 1):
        caches.rooms.raise_heads(tenant, {ROOM: Head(seq, message_of(seq))})
    assert caches.rooms.progress(tenant, ROOM)[0] == 7
    assert caches.rooms.heads(tenant, [ROOM, OTHER]) == {ROOM: Head(7, message_of(7))}
    assert caches.rooms.progress(tenant, OTHER)[0] is None
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
