"""Cursors that were changed: each bit of each, and each length (A13)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from parley.domain.people import Connection
from tests.attacks.amounts import some
from tests.support.memory import World
from tests.support.rest import Rest
from tests.unit.services.test_attacks import pages

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def changed(cursor: str) -> Iterator[str]:
    """Give the cursor with each bit of each character flipped, cut, longer, and otherwise."""
    for place, char in enumerate(cursor):
        for bit in range(6):
            other = ALPHABET[ALPHABET.index(char) ^ 1 << bit]
            yield cursor[:place] + other + cursor[place + 1 :]
    yield from (cursor[:length] for length in range(1, len(cursor)))
    yield from (cursor + more for more in ("A", "=", "==", "AAAA", "\n", " ", "%00", cursor))
    yield from (f" {cursor}", cursor.swapcase(), cursor[::-1], f"{cursor}.", "\u0663" + cursor[1:])


@pytest.fixture
def ann(plain_world: World) -> Connection:
    return plain_world.person("ann")


@pytest.mark.scenario("A13")
@pytest.mark.parametrize("listing", ["room.list", "sync.start", "presence.list"])
def test_a_cursor_with_any_bit_changed_is_no_cursor(
    plain_world: World, ann: Connection, listing: str
) -> None:
    data, cursor = pages(plain_world, ann)[listing]
    assert plain_world.do(ann, listing, **data, cursor=cursor)
    tried = some(list(changed(cursor)), 2)
    assert len(tried) > 200
    for other in tried:
        assert plain_world.refused(ann, listing, **data, cursor=other) == "VALIDATION_ERROR"


@pytest.mark.scenario("A13")
@pytest.mark.parametrize("path", ["/users", "/rooms", "/presence", "/rooms/{room}/members"])
def test_by_rest_a_cursor_with_any_bit_changed_is_no_cursor(
    plain_world: World, admin: Callable[[World], Rest], path: str
) -> None:
    rest = admin(plain_world)
    for number in range(60):
        plain_world.person(f"{number:03}" + "é" * 100)
    everybody = [f"{number:03}" + "é" * 100 for number in range(60)]
    rooms = [rest.do("POST", "/rooms", {"type": "group", "memberIds": everybody}) for _ in range(2)]
    query: dict[str, Any] = {} if path == "/presence" else {"limit": 1}
    path = path.format(room=rooms[0]["roomId"])
    page = rest.do("GET", path, **query)
    cursor = page["cursor"]
    assert rest.do("GET", path, **query, cursor=cursor) != page
    for other in some(list(changed(cursor)), 8):
        status, _, error = rest.answer("GET", path, **query, cursor=other)
        assert (status, error["error"]) == (400, "VALIDATION_ERROR")
