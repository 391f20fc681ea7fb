"""Page cursors: good for who got them, in the listing that gave them, and unchanged."""

import base64

import pytest

from parley.domain.people import Caller
from parley.errors import InvalidInput
from parley.services.cursors import Cursors
from tests.support.memory import World


@pytest.fixture
def cursors(world: World) -> Cursors:
    return Cursors(world.out.tenants)


@pytest.fixture
def alice(world: World) -> Caller:
    return world.caller("alice")


@pytest.mark.parametrize("parts", [(), (1, "g-1"), ("\U0001f600" * 128, "\u0000", -(2**53))])
def test_a_cursor_leads_back(cursors: Cursors, alice: Caller, parts: tuple[str | int, ...]) -> None:
    sealed = cursors.seal(alice, "a", *parts)
    assert cursors.open(alice, "a", sealed, *map(type, parts)) == list(parts)


def test_another_process_can_open_it(world: World, cursors: Cursors, alice: Caller) -> None:
    sealed = cursors.seal(alice, "a", 1)
    assert Cursors(world.out.tenants).open(alice, "a", sealed, int) == [1]


def test_another_deployment_cannot(cursors: Cursors, alice: Caller) -> None:
    sealed = cursors.seal(alice, "a", 1)
    with pytest.raises(InvalidInput):
        Cursors(World().out.tenants).open(alice, "a", sealed, int)


def test_it_is_good_for_nobody_else_and_nothing_else(
    world: World, cursors: Cursors, alice: Caller
) -> None:
    sealed = cursors.seal(alice, "a", 1)
    for caller in (world.caller("bob"), world.caller("alice", "other")):
        with pytest.raises(InvalidInput):
            cursors.open(caller, "a", sealed, int)
    with pytest.raises(InvalidInput):
        cursors.open(alice, "b", sealed, int)
    with pytest.raises(InvalidInput):
        cursors.open(alice, "a", sealed, str)
    with pytest.raises(InvalidInput):
        cursors.open(alice, "a", sealed, int, int)


def test_every_changed_bit_is_noticed(cursors: Cursors, alice: Caller) -> None:
    sealed = cursors.seal(alice, "a", 12, "g-1")
    for place, char in enumerate(sealed):
        for bit in range(7):
            other = chr(ord(char) ^ 1 << bit)
            with pytest.raises(InvalidInput):
                cursors.open(alice, "a", sealed[:place] + other + sealed[place + 1 :], int, str)


@pytest.mark.parametrize("cursor", ["", "x", "====", "\u00e9", "a b", "WzFd", "_" * 2048])
def test_what_is_no_cursor_is_refused(cursors: Cursors, alice: Caller, cursor: str) -> None:
    with pytest.raises(InvalidInput):
        cursors.open(alice, "a", cursor, int)


def test_the_key_is_read_once_a_process(world: World, alice: Caller) -> None:
    reads = []

    class Counted:
        def cursor_key(self) -> bytes:
            reads.append(1)
            return world.out.tenants.cursor_key()

    cursors = Cursors(Counted())  # type: ignore[arg-type]
    cursors.open(alice, "a", cursors.seal(alice, "a", 1), int)
    assert reads == [1]


def test_it_cannot_be_read(cursors: Cursors, alice: Caller) -> None:
    """A place may hold what the caller may not see, such as somebody's e-mail."""
    secret = "abe@secret.example"
    one, other = (cursors.seal(alice, "a", secret, number) for number in (1, 2))
    raws = [base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in (one, other)]
    assert all(secret.encode()[:4] not in raw for raw in raws)
    # Not the same stream twice, or two cursors would tell how their places differ.
    assert sum(a == b for a, b in zip(*raws, strict=True)) < len(raws[0]) // 2
