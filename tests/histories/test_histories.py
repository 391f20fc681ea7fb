"""Random histories in memory; planted bugs show that they would be found."""

import os
import sys
from collections.abc import Callable, Collection
from typing import Any

import pytest

from parley.adapters.memory.rooms import MemoryRoomStore
from parley.domain.ids import UserId
from parley.domain.presence import Target
from parley.domain.rooms import MemberRole, Room
from parley.protocol.commands import OPERATIONS
from parley.protocol.fields import Wire
from parley.services.changes import Changes
from parley.services.delivery import Delivery, Sending
from parley.services.missed import MissedMessages
from parley.services.reach import Reach
from parley.services.relay import Relay
from tests.support.histories import Histories
from tests.support.history_runs import run

RUNS = int(os.environ.get("HISTORIES_MEMORY", "200"))
# All that is planted below is found by then.
ENOUGH = 200

Plant = Callable[[pytest.MonkeyPatch], None]


@pytest.mark.covers(
    "C-14", "C-68", "C-69", "C-12", "A-79", "A-80", "D-95", "A-62", "B-27", "C-22", "C-44"
)
@pytest.mark.scenario("P4")
def test_whatever_people_do_every_device_ends_with_what_a_new_one_reads() -> None:
    seen = run(Histories, RUNS)
    sys.stdout.write(f"\nhistories in memory: {seen.line}\n")
    assert seen.runs >= RUNS
    assert seen.operations.keys() == OPERATIONS.keys()


def untold(event: str) -> Plant:
    """Nobody hears of this event."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        start, spread = Delivery.start, Delivery.spread

        def silent(self: Delivery, targets: Collection[Target], name: str, data: Wire) -> Sending:
            return start(self, [] if name == event else targets, name, data)

        def unspread(self: Delivery, reach: Reach, name: str, data: Wire) -> Sending:
            return spread(self, Reach(reach.room) if name == event else reach, name, data)

        patch.setattr(Delivery, "start", silent)
        patch.setattr(Delivery, "spread", unspread)

    return plant


def senders_stay_behind(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Relay, "_move_senders", lambda self, committed: None)


def syncs_forget_edits(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MissedMessages, "_logged", lambda self, *where: [])


def heartbeats_forget_rooms(patch: pytest.MonkeyPatch) -> None:
    since = Changes.since
    patch.setattr(Changes, "since", lambda self, *args: (since(self, *args)[0], []))


def open_rooms_begin_too_early(patch: pytest.MonkeyPatch) -> None:
    join = MemoryRoomStore.join

    def early(self: MemoryRoomStore, room: Room, user: UserId, role: MemberRole, end: int) -> Any:
        return join(self, room, user, role, max(0, end - 1))

    patch.setattr(MemoryRoomStore, "join", early)


@pytest.mark.parametrize(
    "plant",
    [
        untold("message:new"),
        untold("message:updated"),
        untold("message:deleted"),
        untold("room:updated"),
        untold("room:removed"),
        senders_stay_behind,
        syncs_forget_edits,
        heartbeats_forget_rooms,
        open_rooms_begin_too_early,
    ],
    ids=[
        "new",
        "updated",
        "deleted",
        "room",
        "removed",
        "senders",
        "edits",
        "heartbeats",
        "open rooms",
    ],
)
def test_a_planted_bug_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        run(Histories, ENOUGH, shrink=False)
