"""Random histories: four people with three devices each do everything that the protocol offers.

Devices go away, come back, and lose pushes; Redis loses everything. What each device then holds
must be what a new client reads, and what is unread must follow from who read and sent what.
"""

import itertools
import os
from collections import Counter
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from typing_extensions import override

from tests.support.devices import Json
from tests.support.memory import World
from tests.support.station import DEVICES_EACH, LIMITS, PEOPLE, SPACES, Station

EMOJIS = ("👍", "🎉", "e")
# Longer than a message may go unnoticed (SPEC §5.4).
NOTICED_S = 4

AnyNumber = st.integers(0, 99)
AnyDevice = st.integers(0, len(PEOPLE) * DEVICES_EACH - 1)
AnyPerson = st.sampled_from(PEOPLE)


class Histories(RuleBasedStateMachine):
    """What people do, in any order."""

    counts: ClassVar[Counter[str]] = Counter()
    tenants: ClassVar[Any] = itertools.count()

    def __init__(self) -> None:
        """Start with nobody online."""
        super().__init__()
        tenant = f"histories-{next(self.tenants)}-{os.getpid()}"
        self.at = Station(self.new_world(), tenant, self.counts)

    @initialize()
    def begin(self) -> None:
        """Let all but the last be there, in a group and in a room that all come to see."""
        self.counts["runs"] += 1
        here = [slot for slot in self.at.slots[: 2 * len(PEOPLE)] if slot.user != PEOPLE[-1]]
        for slot in here:
            self.at.connect(slot)
        self.at.make(here[0], {"type": "group", "memberIds": list(PEOPLE[1:]), "name": "all"})
        self.at.make(here[1], {"type": "organization", "clientId": "room-0"})
        self.at.step()
        for number, slot in enumerate(here):
            self.at.say(slot, self.at.room(slot, number), {})
        self.at.step()

    @rule(number=AnyDevice, room=AnyNumber, pick=AnyNumber)
    def send(self, number: int, room: int, pick: int) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        held = self.at.message(slot, room_id, pick) if room_id else None
        extra = {"replyTo": held["messageId"]} if held and pick % 3 == 0 else {}
        self.at.say(slot, room_id, extra)
        self.at.step()

    @rule(number=AnyDevice, other=AnyPerson)
    def write_to(self, number: int, other: str) -> None:
        slot = self.at.online(number)
        if other == slot.user:
            return
        client_id = f"c-{next(self.at.numbers)}"
        data = {"toUserId": other, "clientId": client_id, "body": "to you"}
        reply = self.at.ask(slot, "message.send", data)
        if reply["ok"]:
            self.at.note_direct(reply["data"]["message"]["roomId"], slot.user, other)
            self.at.note_sent(slot, reply, client_id)
        slot.device.mend()
        self.at.step()

    @rule(number=AnyDevice, pick=AnyNumber)
    def send_again(self, number: int, pick: int) -> None:
        slot = self.at.online(number)
        sent = self.at.sent[slot.user]
        if sent:
            room_id, client_id = sent[pick % len(sent)]
            data = {"roomId": room_id, "clientId": client_id, "body": "again"}
            reply = self.at.ask(slot, "message.send", data)
            assert not reply["ok"] or reply["data"]["duplicate"], "one message stored twice"
            self.at.note_sent(slot, reply, client_id)
        slot.device.mend()
        self.at.step()

    @rule(number=AnyDevice, room=AnyNumber, pick=AnyNumber, delete=st.booleans())
    def edit(self, number: int, room: int, pick: int, delete: bool) -> None:
        change = {} if delete else {"body": f"edited {pick % 4}"}
        self._change_message(
            "message.delete" if delete else "message.edit", number, room, pick, change
        )

    @rule(number=AnyDevice, room=AnyNumber, pick=AnyNumber, on=st.booleans())
    def react(self, number: int, room: int, pick: int, on: bool) -> None:
        change = {"emoji": EMOJIS[pick % len(EMOJIS)], "on": on}
        self._change_message("message.react", number, room, pick, change)

    def _change_message(
        self, operation: str, number: int, room: int, pick: int, change: Json
    ) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        message = self.at.message(slot, room_id, pick) if room_id else None
        if message is not None:
            data = {"roomId": room_id, "messageId": message["messageId"], **change}
            reply = self.at.ask(slot, operation, data)
            if reply["ok"]:
                slot.device.take_message(reply["data"])
        self.at.step()

    @rule(number=AnyDevice, room=AnyNumber, back=st.integers(-2, 3), kind=st.booleans())
    def receipt(self, number: int, room: int, back: int, kind: bool) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        if room_id is None:
            return
        seq = max(0, slot.device.rooms[room_id].end - back)
        operation = "receipt.read" if kind else "receipt.delivered"
        reply = self.at.ask(slot, operation, {"roomId": room_id, "seq": seq})
        if reply["ok"] and kind:
            self.at.truth.reach(slot.user, room_id, min(seq, self.at.truth.ends[room_id]))
        if reply["ok"]:
            assert reply["data"]["readSeq"] <= reply["data"]["deliveredSeq"]
            assert reply["data"]["deliveredSeq"] <= self.at.truth.ends[room_id]

    @rule(number=AnyDevice, room=AnyNumber, stop=st.booleans())
    def type(self, number: int, room: int, stop: bool) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        assert slot.connection is not None
        if room_id is not None:
            operation = "typing.stop" if stop else "typing.start"
            self.counts[operation] += 1
            before = self.at._unseen(slot.user)
            assert self.at.world.tell(slot.connection, operation, roomId=room_id) is None
            self.at.note_seen(slot.user, before)

    @rule(number=AnyDevice, room=AnyNumber, people=st.booleans())
    def look(self, number: int, room: int, people: bool) -> None:
        slot = self.at.online(number)
        if people:
            for operation in ("presence.list", "presence.subscribe"):
                self.at.ask(slot, operation, {"userIds": list(PEOPLE)})
            return
        slot.device.fresh_rooms()
        room_id = self.at.room(slot, room)
        if room_id is not None and self.at.ask(slot, "room.get", {"roomId": room_id})["ok"]:
            assert len(slot.device.fresh_history(room_id)) == self.at.truth.ends[room_id]

    @rule(
        number=AnyDevice,
        other=AnyPerson,
        kind=st.sampled_from(["direct", "group", "group", "channel", "organization"]),
        again=st.integers(0, 3),
    )
    def create(self, number: int, other: str, kind: str, again: int) -> None:
        slot = self.at.online(number)
        data: Json = {"type": kind}
        if kind in ("direct", "group"):
            data["memberIds"] = [other]
        if kind == "channel":
            data["spaceId"] = self.at.spaces.get(other, SPACES[other])[0]
        if kind != "direct":
            data |= {"clientId": f"room-{again}", "name": kind}
        if kind != "direct" or other != slot.user:
            self.at.make(slot, data)
        self.at.step()

    @rule(number=AnyDevice, room=AnyNumber, pick=AnyNumber)
    def change_room(self, number: int, room: int, pick: int) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        if room_id is not None:
            name = {"name": f"name {pick % 3}"} if pick % 4 else {}
            self.at.change_room(slot, "room.update", {"roomId": room_id, **name})
        self.at.step()

    @rule(number=AnyDevice, room=AnyNumber, muted=st.booleans())
    def mute(self, number: int, room: int, muted: bool) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        if room_id is not None:
            self.at.change_room(slot, "room.mute", {"roomId": room_id, "muted": muted})
        self.at.step()

    @rule(
        number=AnyDevice,
        room=AnyNumber,
        other=AnyPerson,
        role=st.sampled_from([None, None, "member", "owner"]),
    )
    def add(self, number: int, room: int, other: str, role: str | None) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        if room_id is not None:
            data = {"roomId": room_id, "userId": other, **({"role": role} if role else {})}
            view = self.at.change_room(slot, "room.addMember", data)
            if view is not None:
                self.at.truth.join(other, room_id, view["lastSeq"])
        self.at.step()

    @rule(number=AnyDevice, room=AnyNumber, other=AnyPerson)
    def remove(self, number: int, room: int, other: str) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        if room_id is not None:
            data = {"roomId": room_id, "userId": other}
            self.at.note_gone(slot, other, self.at.change_room(slot, "room.removeMember", data))
        self.at.step()

    @rule(number=AnyDevice, room=AnyNumber)
    def leave(self, number: int, room: int) -> None:
        slot = self.at.online(number)
        room_id = self.at.room(slot, room)
        if room_id is not None:
            self.at.note_gone(
                slot, slot.user, self.at.change_room(slot, "room.leave", {"roomId": room_id})
            )
        self.at.step()

    @rule(number=AnyDevice)
    def come(self, number: int) -> None:
        self.at.online(number)
        self.at.step()

    @rule(number=AnyDevice)
    def go(self, number: int) -> None:
        self.at.disconnect(self.at.slots[number])

    @rule(number=AnyDevice, deaf=st.booleans())
    def lose_pushes(self, number: int, deaf: bool) -> None:
        slot = self.at.slots[number]
        slot.deaf = deaf and slot.connection is not None

    @rule(number=AnyDevice)
    def beat(self, number: int) -> None:
        slot = self.at.online(number)
        slot.unknown = False
        slot.device.beat()
        self.at.step()

    @rule(number=AnyDevice)
    def sync(self, number: int) -> None:
        slot = self.at.online(number)
        slot.device.sync()
        slot.faithful = not (slot.deaf or slot.unknown)
        self.at.step()

    @rule(user=AnyPerson, spaces=st.sampled_from([(), ("north",), ("south",), ("north", "south")]))
    def get_another_token(self, user: str, spaces: tuple[str, ...]) -> None:
        for slot in self.at.slots:
            if slot.user == user:
                self.at.disconnect(slot)
        self.at.spaces[user] = spaces

    @rule()
    def redis_forgets(self) -> None:
        self.at.world.flush_redis()
        for slot in self.at.slots:
            slot.faithful, slot.unknown = False, True

    @rule()
    def stream(self) -> None:
        self.at.world.relay()

    @rule(seconds=st.integers(1, 5))
    def time(self, seconds: int) -> None:
        self.at.world.wait(seconds)
        self.at.step()

    @invariant()
    def count(self) -> None:
        """Count a step."""
        self.counts["steps"] += 1

    @override
    def teardown(self) -> None:
        """Check what every device holds: by pushes alone, after a heartbeat, after a sync."""
        self.at.step()
        self.at.check_pushes()
        # In every other history heartbeats must do without the stream.
        if len(self.at.truth.types) % 2:
            self.at.world.relay()
        self.at.world.wait(NOTICED_S)
        self.at.check_heartbeats()
        self.at.world.relay()
        self.at.check_syncs()
        self.counts["checks"] += 1

    def new_world(self) -> World:
        """Return a Parley for one history."""
        return World(**LIMITS)
