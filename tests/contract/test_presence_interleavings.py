"""Two connections of one user, in every order that can occur: no ghost, and nobody told wrongly.

API Gateway runs `$connect`, frames and `$disconnect` as they come: the last may overtake the first,
come late, or never; and a push may find a connection gone that is not open yet (SCENARIOS C2, C3,
C5). A connection's heartbeats only follow its `$connect`, which lets it open. INTERLEAVINGS=all
plays the slow orders on Valkey, too, rather than a fifth of them.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement, pairwise, permutations

import pytest

from parley.domain.people import Connection
from parley.domain.presence import Status
from tests.contract.presence_worlds import *  # noqa: F403
from tests.contract.presence_worlds import MakeWorld, shown_of, told_to_all
from tests.contract.redis_fixtures import target_of
from tests.support.memory import World

YOUNG_S = 10
# How each connection may end: it lives; it said so; nobody said so; nobody said so, but a push
# found out; and it lives, though a push to it failed while it was opening.
ENDS = {
    "lives": (),
    "left": ("disconnect",),
    "lost": (),
    "gone": ("gone",),
    "lives, with a 410": ("gone",),
}
Step = tuple[int, str]


@dataclass(frozen=True)
class Case:
    """An order of steps, each of the first or the second connection, and how these end."""

    ends: tuple[str, str]
    order: tuple[Step, ...]

    def lives(self, device: int) -> bool:
        return self.ends[device].startswith("lives")

    def is_silent(self) -> bool:
        """Tell whether only the end of a lease shows that nobody is there."""
        dead = [end for end in self.ends if end in {"lost", "gone"}]
        return bool(dead) and not (self.lives(0) or self.lives(1))

    def is_possible(self, gap_s: float) -> bool:
        return all(self._is_possible(device, gap_s) for device in (0, 1))

    def _is_possible(self, device: int, gap_s: float) -> bool:
        at = {verb: place for place, (whose, verb) in enumerate(self.order) if whose == device}
        if at["beat"] < at["connect"] or at.get("gone", len(self.order)) < at["connect"]:
            return False
        # One that lives and answers 410 when it has long been open is none that can occur.
        return not (
            self.lives(device) and "gone" in at and (at["gone"] - at["connect"]) * gap_s >= YOUNG_S
        )


def cases(gap_s: float) -> Iterator[Case]:
    for ends in combinations_with_replacement(ENDS, 2):
        steps = [
            (device, verb) for device in (0, 1) for verb in ("connect", "beat", *ENDS[ends[device]])
        ]
        for order in permutations(steps):
            case = Case((ends[0], ends[1]), order)
            if case.is_possible(gap_s):
                yield case


class Play:
    """One case, in a tenant of its own, with somebody who watches."""

    def __init__(self, world: World, number: int, case: Case) -> None:
        self.case = case
        self.tenant = f"tenant-{number}"
        self._world = world
        self.bob = world.person("bob", self.tenant)
        self._devices = [self._device(), self._device()]

    def _device(self) -> Connection:
        return self._world.connection(self._world.caller("alice", self.tenant))

    def step(self, place: int) -> None:
        if place < len(self.case.order):
            device, verb = self.case.order[place]
            self._take(self._devices[device], verb)

    def _take(self, connection: Connection, verb: str) -> None:
        if verb == "connect":
            self._world.app.presence.connected(connection)
        elif verb == "beat":
            self._world.tell(connection, "presence.heartbeat")
        elif verb == "disconnect":
            self._world.app.presence.disconnected(connection)
        else:
            self._world.app.delivery.forget([target_of(connection)])

    def beat(self) -> None:
        for device in (0, 1):
            if self.case.lives(device):
                self._world.do(self._devices[device], "presence.heartbeat")

    def check(self, told: Sequence[str], most_told: int) -> None:
        here = self.case.lives(0) or self.case.lives(1)
        expected = Status.ONLINE if here else Status.OFFLINE
        assert shown_of(self._world, self.tenant, "alice") is expected, self.case
        assert (told[-1:] or ["offline"]) == [expected.value], (self.case, told)
        assert all(before != after for before, after in pairwise(told)), (self.case, told)
        assert len(told) <= most_told + (not here), (self.case, told)


def play_all(world: World, found: Sequence[Case], gap_s: float, most_told: int) -> None:
    plays = [Play(world, number, case) for number, case in enumerate(found)]
    world.settle()
    for place in range(6):
        for play in plays:
            play.step(place)
        world.wait(gap_s)
    world.wait(10)
    check(world, [play for play in plays if not play.case.is_silent()], most_told)
    for _ in range(2):
        world.wait(50)
        for play in plays:
            play.beat()
        world.app.presence.sweep()
    world.wait(7)
    check(world, plays, most_told)


def check(world: World, plays: Sequence[Play], most_told: int) -> None:
    told = told_to_all(world, "alice")
    for play in plays:
        play.check(told[play.bob.connection_id], most_told)


@pytest.mark.scenario("C1", "C2", "C3", "C5")
@pytest.mark.parametrize(
    ("gap_s", "most_told"),
    # Within the grace nobody hears that alice was away; over it, of one absence at most.
    [pytest.param(0.1, 1, id="quick"), pytest.param(3, 3, id="slow")],
)
def test_every_order_of_two_connections_ends_in_the_truth_for_all(
    make_world: MakeWorld,
    gap_s: float,
    most_told: int,
) -> None:
    found = list(cases(gap_s))
    if make_world is not World and most_told > 1 and os.environ.get("INTERLEAVINGS") != "all":
        found = found[::5]
    assert len(found) > 100
    play_all(make_world(connects_per_minute=1_000), found, gap_s, most_told)
