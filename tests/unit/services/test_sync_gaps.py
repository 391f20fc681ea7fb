"""What happens in the gaps of a sync is missed by nobody: before, between and behind its calls."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from tests.support.devices import Device
from tests.support.memory import World


class Interrupted(list[str]):
    """The list of calls made, which lets something happen just before one of them."""

    def __init__(self, gap: int, happening: Callable[[], None]) -> None:
        """Let it happen before the call of this number."""
        super().__init__()
        self._gap = gap
        self._happening: Callable[[], None] | None = happening

    @override
    def append(self, call: str) -> None:
        super().append(call)
        if len(self) > self._gap and self._happening is not None:
            happening, self._happening = self._happening, None
            happening()

    @property
    def has_happened(self) -> bool:
        """Tell whether there were so many calls."""
        return self._happening is None


class Room:
    """Two people's group, one of whom was away while much was said in it."""

    def __init__(self, world: World) -> None:
        """Let bob go, and alice speak."""
        self.world = world
        self.alice, self.bob = world.person("alice"), world.person("bob")
        self.room_id = world.group(self.alice, "bob")
        self.first = world.say(self.alice, self.room_id)
        self.device = Device(self._ask)
        self.device.sync()
        world.app.presence.disconnected(self.bob)
        for _ in range(3):
            world.say(self.alice, self.room_id)
        self.bob = world.person("bob")

    def _ask(self, operation: str, data: dict[str, Any]) -> dict[str, Any]:
        return self.world.ask(self.bob, operation, **data)

    def change(self, operation: str) -> None:
        """Let alice do something."""
        place = {"roomId": self.room_id, "messageId": self.first["messageId"]}
        if operation == "send":
            self.world.say(self.alice, self.room_id, "in the gap")
        elif operation == "edit":
            self.world.do(self.alice, "message.edit", **place, body="mended in the gap")
        elif operation == "delete":
            self.world.do(self.alice, "message.delete", **place)
        elif operation == "rename":
            self.world.do(self.alice, "room.update", roomId=self.room_id, name="in the gap")
        else:
            self.world.group(self.alice, "bob", clientId="in the gap")


@pytest.mark.scenario("C13")
@pytest.mark.parametrize("operation", ["send", "edit", "delete", "rename", "room"])
def test_what_happens_in_any_gap_of_a_sync_is_known_after_it(operation: str) -> None:
    for gap in itertools.count():
        room = Room(World())
        room.world.relay()
        calls = Interrupted(gap, lambda room=room: room.change(operation))  # type: ignore[misc]
        room.world.out.calls = calls
        room.device.sync()
        # What is pushed while a sync runs is taken after it, as nothing is known before.
        room.device.hear(room.world.events_of(room.bob))
        room.device.mend()
        if not calls.has_happened:
            break
        fresh = room.device.fresh_rooms()
        assert room.device.rooms.keys() == fresh.keys(), gap
        for room_id, held in room.device.rooms.items():
            history = room.device.fresh_history(room_id)
            assert held.messages == {s: m for s, m in history.items() if s > held.base}, gap
            assert held.view["name"] == fresh[room_id]["name"], gap
    assert gap > 5, "a sync makes some calls"
