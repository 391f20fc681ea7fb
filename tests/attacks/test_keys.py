"""No two things share a key, whatever the ids that their keys are made of (A2, M6)."""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

import pytest

from parley.adapters import keys
from parley.adapters.dynamodb import layout
from parley.adapters.redis.keyspace import Keyspace
from parley.domain import ids
from tests.attacks.corpora.ids import HOSTILE

# Out of these any two things with one key would be made, if there were such two.
ALPHABET = (
    "",
    "#",
    ":",
    "%",
    "{",
    "}",
    "R#",
    "#R#",
    "T#",
    "%23",
    "%25",
    "23",
    "a",
    "{t:",
    "}:",
    "~",
)
SHORT = tuple(dict.fromkeys("".join(parts) for parts in product(ALPHABET, repeat=2)))
DYNAMODB: dict[str, tuple[int, Callable[..., Sequence[str]]]] = {
    "room": (2, layout.room_key),
    "member": (3, layout.member_key),
    "marker": (4, layout.marker_key),
    "claim": (2, layout.claim_key),
    "end": (2, layout.end_key),
    "channel": (3, layout.channel_key),
    "organization": (2, layout.organization_key),
    "membership": (3, layout.membership_key),
    "profile": (2, layout.profile_key),
    "revoked": (2, layout.revoked_key),
    "tenant": (1, layout.tenant_key),
    "word": (3, layout.word_key),
    "settings": (1, layout.settings_key),
    "ticket": (1, layout.ticket_key),
}
# Keys of numbers, and the deployment's own ones.
WITHOUT_IDS = {"message_key", "revision_key", "cursor_key", "clearing_key"} | {
    *("message_sort_key", "revision_sort_key"),
}


def tuples(width: int) -> Iterator[tuple[str, ...]]:
    """Give enough different tuples of ids that a million pairs are compared, and many more."""
    if width == 1:
        return ((value,) for value in dict.fromkeys((*SHORT, *HOSTILE)))
    if width == 2:
        return product(SHORT[:100], repeat=2)
    return product(SHORT[: 20 if width == 3 else 10], repeat=width)


@pytest.mark.scenario("A2", "M6")
def test_no_two_things_share_a_key_of_the_table() -> None:
    known = {name for name in dir(layout) if name.endswith("_key")}
    assert known == {f"{name}_key" for name in DYNAMODB} | WITHOUT_IDS
    seen: dict[tuple[str, ...], str] = {}
    made = 0
    for name, (width, key_of) in DYNAMODB.items():
        for parts in tuples(width):
            made += 1
            seen[tuple(key_of(*parts))] = name
    for number in (0, 1, 10**16 - 1):
        made += 2
        seen[tuple(layout.message_key("a", "b", number))] = "message"  # type: ignore[arg-type]
        seen[tuple(layout.revision_key("a", "b", number))] = "revision"  # type: ignore[arg-type]
    assert len(seen) == made
    # A million pairs are those of 1,415 keys.
    assert made > 50_000


@pytest.mark.scenario("A2", "M6")
def test_no_two_things_share_a_key_of_redis_and_a_tenant_is_in_one_slot() -> None:
    space = Keyspace("parley")
    seen = {space.tenants}
    made = 1
    for name in ("roster", "rooms", "conns"):
        for width in (1, 2, 3):
            for tenant, *parts in tuples(width):
                made += 1
                key = space.of(tenant, name, *parts)  # type: ignore[arg-type]
                seen.add(key)
                # What Redis hashes: between the first brace and the next that closes.
                assert key[key.index("{") + 1 : key.index("}")] == f"t:{keys.encode(tenant)}"
    assert len(seen) == made


@pytest.mark.scenario("A2")
def test_no_two_people_share_a_direct_room_and_no_two_requests_a_room() -> None:
    rooms = {}
    for tenant, one, other in tuples(3):
        rooms[ids.direct_room_id(tenant, one, other)] = (tenant, *sorted((one, other)))  # type: ignore[arg-type]
    assert len(rooms) == len({(t, *sorted(pair)) for t, *pair in tuples(3)})
    made = {ids.created_room_id(t, u, "group", c) for t, u, c in tuples(3)}  # type: ignore[arg-type]
    assert len(made) == len(set(tuples(3)))


@pytest.mark.scenario("M6")
def test_parts_of_keys_are_read_back_as_they_were() -> None:
    for value in (*HOSTILE, *SHORT):
        encoded = keys.encode(value)
        assert keys.decode(encoded) == value
        assert not set(encoded) & set("#{}:")
