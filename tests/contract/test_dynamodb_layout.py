"""Keys and items of DynamoDB: no two things share a key, and everything comes back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import attributes_of
from parley.adapters.keys import decode, encode
from parley.domain.ids import (
    MANAGE_TENANT,
    MessageId,
    RoomId,
    SpaceId,
    TenantId,
    UserId,
    manage_user_id,
)
from parley.domain.messages import Draft, Message, MessageType, message_from
from parley.domain.people import Profile
from parley.domain.revisions import LoggedRevision, Revision
from parley.domain.rooms import Cursor, Member, MemberRole, Membership, Room, RoomType

MAX_PK_BYTES = 2048
MAX_SK_BYTES = 1024
WRITE_UNIT_BYTES = 1024
NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)

# Ids over the characters that could be taken for a separator or an escape, and any others.
IDS = st.one_of(
    st.text("#%:{}23457ABD@aSKMRUT/", min_size=1, max_size=12),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=128),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
SEQS = st.integers(1, layout.MAX_SEQ)

MESSAGES = st.builds(
    Message,
    message_id=st.just(MessageId("00000000001abcdefghjk")),
    room_id=st.just(RoomId("g-1")),
    seq=SEQS,
    client_id=IDS,
    sender_id=IDS.map(UserId),
    sender_name=TEXTS,
    type=st.sampled_from(MessageType),
    body=st.none() | TEXTS,
    created_at=TIMES,
    rev=st.integers(0, 2**53),
    reply_to=st.none() | st.just(MessageId("00000000002abcdefghjk")),
    mentions=st.lists(IDS.map(UserId), max_size=3).map(tuple),
    attachments=st.lists(IDS, max_size=3).map(tuple),
    reactions=st.dictionaries(
        st.sampled_from(["👍", "👩‍👩‍👧‍👦", "❤️"]), st.lists(IDS.map(UserId), max_size=3).map(tuple)
    ),
    edited_at=st.none() | TIMES,
    deleted_at=st.none() | TIMES,
    kept_days=st.integers(0, 3_650),
)


def every_key(tenant: str, room: str, user: str, client_id: str, seq: int) -> list[Key]:
    tenant_id, room_id, user_id = TenantId(tenant), RoomId(room), UserId(user)
    return [
        layout.room_key(tenant_id, room_id),
        layout.member_key(tenant_id, room_id, user_id),
        layout.message_key(tenant_id, room_id, seq),
        layout.marker_key(tenant_id, room_id, user_id, client_id),
        layout.membership_key(tenant_id, user_id, room_id),
        layout.profile_key(tenant_id, user_id),
        layout.revoked_key(tenant_id, user_id),
        layout.tenant_key(tenant_id),
        layout.ticket_key(client_id),
        layout.revision_key(tenant_id, room_id, seq),
        layout.claim_key(tenant_id, room_id),
        # A space's id may be any that a user's may be.
        layout.channel_key(tenant_id, SpaceId(user), room_id),
        layout.organization_key(tenant_id, room_id),
        layout.settings_key(tenant_id),
        layout.word_key(tenant_id, client_id, user_id),
        layout.end_key(tenant_id, room_id),
    ]


# What of (tenant, room, user, client id, seq) each of `every_key` depends on.
PARTS = [
    (0, 1),
    (0, 1, 2),
    (0, 1, 4),
    (0, 1, 2, 3),
    (0, 2, 1),
    (0, 2),
    (0, 2),
    (0,),
    (3,),
    (0, 1, 4),
    (0, 1),
    (0, 2, 1),
    (0, 1),
    (0,),
    (0, 3, 2),
    (0, 1),
]


def stored(key: Key, attributes: Item) -> Item:
    return {**attributes_of(key), **attributes}


def size_bytes(item: Item) -> int:
    return sum(
        len(name.encode()) + len(str(value).encode())
        for name, typed in item.items()
        for value in typed.values()
    )


@given(IDS)
@example("%23")
@example("%2523#%")
def test_encoding_can_be_undone(part: str) -> None:
    assert decode(encode(part)) == part
    assert "#" not in encode(part)


TUPLES = st.tuples(IDS, IDS, IDS, IDS, SEQS)


@pytest.mark.covers("B-118", "B-123")
@given(TUPLES, TUPLES)
@example(("a", "b#c", "d", "e", 1), ("a#b", "c", "d", "e", 1))
@example(("a", "r", "b#c", "d", 1), ("a", "r", "b", "c#d", 1))
@example(("a", "r", "b%23c", "d", 1), ("a", "r", "b#c", "d", 1))
@example(("a", "r", "META", "d", 1), ("a", "META", "r", "d", 1))
def test_no_two_things_share_a_key(
    one: tuple[str, str, str, str, int], other: tuple[str, str, str, str, int]
) -> None:
    things: dict[Key, tuple[object, ...]] = {}
    for ids in (one, other):
        for kind, (key, parts) in enumerate(zip(every_key(*ids), PARTS, strict=True)):
            thing = (kind, *(ids[part] for part in parts))
            assert things.setdefault(key, thing) == thing


@given(st.lists(SEQS, min_size=2, max_size=5))
def test_numbers_sort_as_such_and_lie_within_the_bounds_of_a_query(seqs: list[int]) -> None:
    for sort_key in (layout.message_sort_key, layout.revision_sort_key):
        keys = [sort_key(seq) for seq in seqs]
        assert sorted(keys) == [sort_key(seq) for seq in sorted(seqs)]
        assert sort_key(1) <= min(keys)
        assert max(keys) <= sort_key(layout.MAX_SEQ)


@given(TUPLES, TUPLES)
@example(("t", "r", "a", "c", 1), ("t", "r", "a#", "c", 1))
@example(("t", "r", "a", "c", 1), ("t", "r", "a$", "c", 1))
def test_a_prefix_holds_what_it_is_for_and_nothing_else(
    one: tuple[str, str, str, str, int], other: tuple[str, str, str, str, int]
) -> None:
    kinds = {layout.MEMBERS: 1, layout.MESSAGES: 2, layout.MEMBERSHIPS: 4, layout.REVISIONS: 9}
    kinds |= {layout.CHANNELS: 11, layout.ORGANIZATIONS: 12}
    keys = every_key(*one)
    for prefix, kind in kinds.items():
        within = [prefix <= key.sk <= prefix[:-1] + "$" for key in keys if key.pk == keys[kind].pk]
        assert within.count(True) == 1
        assert keys[kind].sk.startswith(prefix)
    prefix = layout.channels_prefix(SpaceId(one[2]))
    theirs = layout.channel_key(TenantId(one[0]), SpaceId(other[2]), RoomId(other[1])).sk
    assert (prefix <= theirs <= prefix[:-1] + "$") == (one[2] == other[2])


def test_the_longest_ids_make_keys_within_the_limits() -> None:
    longest = "😀" * 128
    for user in (longest, manage_user_id(longest), "#" * 128):
        for key in every_key(longest, "r" * 64, user, "😀" * 64, layout.MAX_SEQ):
            assert len(key.pk.encode()) <= MAX_PK_BYTES
            assert len(key.sk.encode()) <= MAX_SK_BYTES


@pytest.mark.covers("B-118")
@given(IDS, IDS)
def test_a_partition_tells_whose_it_is(tenant: str, other: str) -> None:
    tenant_id = TenantId(tenant)
    room = layout.room_partition(tenant_id, RoomId(other))
    user = layout.user_partition(tenant_id, UserId(other))
    assert layout.room_of_partition(room) == (tenant, other)
    assert layout.user_of_partition(user) == (tenant, other)
    for strange in (user, layout.tenant_key(tenant_id).pk, layout.ticket_key(other).pk):
        assert layout.room_of_partition(strange) is None
    for strange in (room, layout.tenant_key(tenant_id).pk, layout.ticket_key(other).pk):
        assert layout.user_of_partition(strange) is None


@given(MESSAGES)
def test_every_message_comes_back_equal(message: Message) -> None:
    key = layout.message_key(TenantId("t"), message.room_id, message.seq)
    item = stored(key, items.message_item(message))
    assert items.message_of(item, message.room_id) == message


@given(
    st.builds(
        Room,
        room_id=st.just(RoomId("g-1")),
        tenant_id=IDS.map(TenantId),
        type=st.sampled_from(RoomType),
        created_by=IDS.map(UserId),
        created_at=TIMES,
        member_count=st.integers(0, 100_000),
        name=st.none() | TEXTS,
        space_id=st.none() | IDS.map(SpaceId),
        rev=st.integers(0, 2**53),
    )
)
def test_every_room_comes_back_equal(room: Room) -> None:
    assert items.room_of(items.room_item(room), room.tenant_id, room.room_id) == room


@given(
    st.builds(
        Profile,
        tenant_id=IDS.map(TenantId),
        user_id=IDS.map(UserId),
        name=st.none() | TEXTS,
        picture=st.none() | TEXTS,
        role=st.none() | TEXTS,
        email=st.none() | TEXTS,
        hides_reads=st.booleans(),
    )
)
def test_every_profile_comes_back_equal(profile: Profile) -> None:
    item = items.profile_item(profile)
    assert items.profile_of(item, profile.tenant_id, profile.user_id) == profile


@given(
    st.builds(
        Membership,
        room_id=IDS.map(RoomId),
        tenant_id=IDS.map(TenantId),
        user_id=IDS.map(UserId),
        role=st.sampled_from(MemberRole),
        joined_at=TIMES,
        cursor=st.integers(0, 2**53).flatmap(
            lambda delivered: st.builds(Cursor, st.just(delivered), st.integers(0, delivered))
        ),
        space_id=st.none() | IDS.map(SpaceId),
    )
)
def test_every_users_side_of_a_room_comes_back_equal(membership: Membership) -> None:
    tenant_id, user_id, room_id = membership.tenant_id, membership.user_id, membership.room_id
    for home in (tenant_id, MANAGE_TENANT):
        item = items.membership_item(membership, home)
        key = layout.membership_key(home, user_id, room_id)
        assert items.membership_of(stored(key, item), home, user_id) == membership
    member = Member(user_id, membership.role, membership.joined_at)
    key = layout.member_key(tenant_id, room_id, user_id)
    assert items.member_of(stored(key, items.member_item(member))) == member


@given(MESSAGES | st.none(), st.integers(1, 2**53))
def test_every_entry_of_a_log_says_what_changed(message: Message | None, rev: int) -> None:
    tenant = TenantId("t")
    room = Room(RoomId("g-1"), tenant, RoomType.GROUP, UserId("anna"), NOON, 1, rev=rev)
    item = items.revision_item(Revision(room, message))
    entry = items.revision_of(stored(layout.revision_key(tenant, room.room_id, rev), item))
    assert entry == LoggedRevision(rev, message.seq if message else None)


def test_a_short_message_costs_one_write_unit_an_item() -> None:
    user = UserId("6f9619ff-8b86-d011-b42d-00c04fc964ff")
    tenant, room = TenantId("a-customer-of-ours.example.com"), RoomId("g-" + "0" * 52)
    draft = Draft(
        tenant_id=tenant,
        room_id=room,
        client_id="6f9619ff-8b86-d011-b42d-00c04fc964ff",
        sender_id=user,
        sender_name="Annegret Mustermann-Sonnenschein",
        type=MessageType.TEXT,
        body="x" * 400,
        created_at=datetime(2026, 11, 20, tzinfo=UTC) + timedelta(milliseconds=1),
    )
    message = message_from(draft, MessageId("00000000001abcdefghjk"), 123_456)
    message_item = stored(layout.message_key(tenant, room, 1), items.message_item(message))
    marker_item = stored(
        layout.marker_key(tenant, room, user, draft.client_id), items.marker_item(message)
    )
    assert size_bytes(message_item) < WRITE_UNIT_BYTES
    assert size_bytes(marker_item) < WRITE_UNIT_BYTES
    assert set(message_item).isdisjoint({"rev", "replyTo", "mentions", "attachments", "editedAt"})


def test_a_tombstone_keeps_no_body() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    message = Message(
        MessageId("00000000001abcdefghjk"),
        RoomId("g-1"),
        1,
        "c",
        UserId("anna"),
        "Anna",
        MessageType.TEXT,
        "",
        now,
    )
    assert "body" in items.message_item(message)
    assert "body" not in items.message_item(replace(message, body=None, deleted_at=now))
