"""Where histories take place: people with devices, a Parley, and the truth about it all.

`tests.support.histories` lets things happen here; this module carries them out and compares.
"""

import itertools
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.people import Connection
from tests.support.devices import Device, Json
from tests.support.memory import World
from tests.support.truth import Truth

PEOPLE = ("ann", "ben", "cid", "dot")
DEVICES_EACH = 3
SPACES = {"ann": ("north", "south"), "ben": ("north",), "cid": ("south",), "dot": ("north",)}
ROLES = {"dot": "tenant_admin"}
# What somebody may be told; anything else is our fault.
REFUSALS = {"NOT_FOUND", "FORBIDDEN", "CONFLICT"}
# Raised, so that a history never waits for a limit.
LIMITS: dict[str, Any] = {
    "messages_per_10s": 100_000,
    "messages_per_minute": 100_000,
    "typing_per_minute": 100_000,
    "receipts_per_minute": 100_000,
    "requests_per_minute": 100_000,
}
OPEN = ("channel", "organization")


@dataclass(slots=True)
class Slot:
    """One device of somebody, and the connection it has now.

    Attributes:
        deaf: Pushes to it are lost.
        faithful: No push was lost since it last synced.
        unknown: Redis forgot the connection; its next heartbeat registers it again.
    """

    user: str
    device: Device
    connection: Connection | None = None
    deaf: bool = False
    faithful: bool = True
    unknown: bool = False
    heard: int = 0


class Station:
    """People, their devices, and what they did so far."""

    def __init__(self, world: World, tenant: str, counts: Counter[str]) -> None:
        """Start with nobody online."""
        self.world = world
        self.tenant = tenant
        self.counts = counts
        self.spaces = dict(SPACES)
        self.truth = Truth()
        self.sent: dict[str, list[tuple[str, str]]] = {user: [] for user in PEOPLE}
        self.numbers = itertools.count()
        # Always the same order for the same steps: a failure can be repeated.
        self._order = random.Random(7)  # noqa: S311
        self._histories: dict[str, dict[int, Json]] = {}
        self.slots = [self._slot(user) for _ in range(DEVICES_EACH) for user in PEOPLE]

    def _slot(self, user: str) -> Slot:
        slot = Slot(user, Device(lambda operation, data: self.ask(slot, operation, data)))
        return slot

    def ask(self, slot: Slot, operation: str, data: Json) -> Json:
        assert slot.connection is not None
        before = self._unseen(slot.user)
        self.counts[operation] += 1
        reply = self.world.ask(slot.connection, operation, **data)
        assert reply["ok"] or reply["error"] in REFUSALS, (operation, data, reply)
        self.note_seen(slot.user, before)
        return reply

    def _unseen(self, user: str) -> list[str]:
        return [
            room_id
            for room_id, kind in self.truth.types.items()
            if kind in OPEN and (user, room_id) not in self.truth.read
        ]

    def note_seen(self, user: str, unseen: list[str]) -> None:
        """Note which open rooms somebody saw for the first time by what they just did."""
        for room_id in unseen:
            side = self.world.out.rooms.membership(
                TenantId(self.tenant), UserId(user), RoomId(room_id)
            )
            if side is not None:
                assert side.cursor.read_seq == self.truth.ends[room_id]
                self.truth.join(user, room_id, side.cursor.read_seq)

    def connect(self, slot: Slot) -> None:
        slot.connection = self.world.person(
            slot.user, self.tenant, role=ROLES.get(slot.user), spaces=self.spaces[slot.user]
        )
        slot.heard, slot.deaf, slot.faithful, slot.unknown = 0, False, True, False
        slot.device.sync()

    def disconnect(self, slot: Slot) -> None:
        if slot.connection is not None:
            self.world.app.presence.disconnected(slot.connection)
            slot.connection = None

    def step(self) -> None:
        """Hand what was pushed to the devices, in any order, until nothing comes any more."""
        for slot in self.slots:
            if slot.connection is None:
                continue
            events = self.world.events_of(slot.connection)
            fresh, slot.heard = events[slot.heard :], len(events)
            if slot.deaf:
                slot.faithful = slot.faithful and not fresh
                continue
            self._order.shuffle(fresh)
            slot.device.hear(fresh)

    def online(self, number: int) -> Slot:
        """Return a device that is online; the one of this number comes online if it is not."""
        slot = self.slots[number % len(self.slots)]
        if slot.connection is None:
            self.connect(slot)
        return slot

    def room(self, slot: Slot, number: int) -> str | None:
        # In the order in which they were made: their ids are others in each run.
        rooms = [room_id for room_id in self.truth.types if room_id in slot.device.rooms]
        return rooms[number % len(rooms)] if rooms else None

    def message(self, slot: Slot, room_id: str, number: int) -> Json | None:
        messages = list(slot.device.rooms[room_id].messages.values())
        return messages[number % len(messages)] if messages else None

    def say(self, slot: Slot, room_id: str | None, extra: Json) -> None:
        if room_id is None:
            return
        number = next(self.numbers)
        data = {"roomId": room_id, "clientId": f"c-{number}", "body": f"says {number}", **extra}
        self.note_sent(slot, self.ask(slot, "message.send", data), f"c-{number}")

    def note_sent(self, slot: Slot, reply: Json, client_id: str) -> None:
        if not reply["ok"]:
            return
        message = reply["data"]["message"]
        room_id = message["roomId"]
        if not reply["data"]["duplicate"]:
            assert message["seq"] == self.truth.ends.get(room_id, 0) + 1, "a hole, or a repeat"
            self.truth.ends[room_id] = message["seq"]
            self.truth.reach(slot.user, room_id, message["seq"])
            self.sent[slot.user].append((room_id, client_id))
        slot.device.take_message(message)

    def note_direct(self, room_id: str, *people: str) -> None:
        self.truth.types.setdefault(room_id, "direct")
        self.truth.ends.setdefault(room_id, 0)
        for user in people:
            self.truth.join(user, room_id, 0)

    def make(self, slot: Slot, data: Json) -> None:
        reply = self.ask(slot, "room.create", data)
        if not reply["ok"]:
            return
        view = reply["data"]
        room_id = view["roomId"]
        if data["type"] == "direct":
            self.note_direct(room_id, slot.user, *data["memberIds"])
        elif room_id not in self.truth.types:
            self.truth.types[room_id] = data["type"]
            self.truth.ends[room_id] = 0
            for user in {slot.user, *data.get("memberIds", [])}:
                self.truth.join(user, room_id, 0)
        slot.device.take_room(view)
        slot.device.mend()

    def change_room(self, slot: Slot, operation: str, data: Json) -> Json | None:
        """Change a room; a system message about it moves the cursor of who did it."""
        reply = self.ask(slot, operation, data)
        if not reply["ok"]:
            return None
        view: Json = reply["data"]
        room_id = view["roomId"]
        if view["lastSeq"] > self.truth.ends[room_id]:
            assert view["lastSeq"] == self.truth.ends[room_id] + 1
            self.truth.ends[room_id] = view["lastSeq"]
            self.truth.reach(slot.user, room_id, view["lastSeq"])
        slot.device.take_room(view)
        return view

    def note_gone(self, slot: Slot, user: str, view: Json | None) -> None:
        if view is not None:
            self.truth.leave(user, view["roomId"])
            if user == slot.user:
                slot.device.drop(view["roomId"])

    # --- How it must end ---------------------------------------------------------------------

    def check_pushes(self) -> None:
        """Check devices that nothing was kept from: events alone bring everything."""
        lists = FreshLists()
        for slot in self.slots:
            if slot.connection is not None and slot.faithful and not slot.deaf:
                self._compare_pushed(slot, lists.of(slot))

    def check_heartbeats(self) -> None:
        """Check that devices online notice at a heartbeat what they missed."""
        lists = FreshLists()
        for slot in self.slots:
            if slot.connection is not None:
                slot.device.beat()
                assert slot.device.rooms.keys() == lists.of(slot).keys()
                self._compare_messages(slot, lists.of(slot))

    def check_syncs(self) -> None:
        """Check that a sync brings everything to every device; those away come back first."""
        # Each person's first: from then on nobody sees an open room for the first time, which
        # would change its count.
        for slot in self.slots[: len(PEOPLE)]:
            if slot.connection is None:
                self.connect(slot)
        lists = FreshLists()
        for slot in self.slots:
            if slot.connection is None:
                self.connect(slot)
            else:
                slot.device.sync()
            self._compare_all(slot, lists.of(slot))
            assert slot.device.here == set(PEOPLE)
        for slot in self.slots:
            self.disconnect(slot)

    def _compare_pushed(self, slot: Slot, rooms: dict[str, Json]) -> None:
        """Compare what came by events alone."""
        assert slot.device.rooms.keys() == rooms.keys(), "a room that came or went unheard"
        self._compare_messages(slot, rooms)
        for room_id, held in slot.device.rooms.items():
            assert held.view["name"] == rooms[room_id]["name"]
            assert held.heard_rev == rooms[room_id]["rev"], "a change that nobody told"

    def _compare_messages(self, slot: Slot, rooms: dict[str, Json]) -> None:
        assert rooms.keys() <= slot.device.rooms.keys(), "a room that nobody told of"
        for room_id in rooms:
            held = slot.device.rooms[room_id]
            fresh = self._history(slot, room_id)
            assert len(fresh) == self.truth.ends[room_id] == rooms[room_id]["lastSeq"]
            assert held.messages == {s: m for s, m in fresh.items() if s > held.base}

    def _history(self, slot: Slot, room_id: str) -> dict[int, Json]:
        # Read once for all: nobody changes anything at the end.
        if room_id not in self._histories:
            self._histories[room_id] = slot.device.fresh_history(room_id)
        return self._histories[room_id]

    def _compare_all(self, slot: Slot, rooms: dict[str, Json]) -> None:
        """Compare what a sync left with what a new client reads, and with the truth."""
        assert {room_id: held.view for room_id, held in slot.device.rooms.items()} == rooms
        self._compare_messages(slot, rooms)
        for room_id, view in rooms.items():
            read = self.truth.read[slot.user, room_id]
            assert view["me"]["readSeq"] == read
            assert view["me"]["unread"] == view["lastSeq"] - read
            self.counts["unread"] += 1
            assert view["me"]["deliveredSeq"] >= read


class FreshLists:
    """People's rooms as new clients list them; read once for all of a person's devices."""

    def __init__(self) -> None:
        """Start with none read."""
        self._lists: dict[str, dict[str, Json]] = {}

    def of(self, slot: Slot) -> dict[str, Json]:
        """Return the rooms of a device's person."""
        if slot.user not in self._lists:
            self._lists[slot.user] = slot.device.fresh_rooms()
        return self._lists[slot.user]
