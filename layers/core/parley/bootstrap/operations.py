"""What the functions are made of: which services answer which frame, and what runs behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from parley.bootstrap.services import Services
from parley.edge import FrameRoutes
from parley.services.census import Census
from parley.services.fanout import FanOut
from parley.services.flushes import Flushes
from parley.services.relay import Relay


@dataclass
class App(Services):
    """All services, and the operations that they offer over the WebSocket."""

    @cached_property
    def message_routes(self) -> FrameRoutes:
        """What the function ``message`` answers."""
        return self._routes(
            {
                "message.send": self.messaging.send,
                "message.edit": self.edits.edit,
                "message.delete": self.edits.delete,
                "message.react": self.edits.react,
                "message.history": self.history.read,
                "receipt.delivered": self.receipts.delivered,
                "receipt.read": self.receipts.read,
                "typing.start": self.typing.start,
                "typing.stop": self.typing.stop,
                "room.create": self.rooms.create,
                "room.list": self.rooms.list_rooms,
                "room.get": self.rooms.get,
                "room.update": self.rooms.update,
                "room.mute": self.rooms.mute,
                "room.leave": self.rooms.leave,
                "room.addMember": self.rooms.add_member,
                "room.removeMember": self.rooms.remove_member,
                "sync.start": self.sync.start,
            }
        )

    @cached_property
    def presence_routes(self) -> FrameRoutes:
        """What the function ``presence`` answers."""
        return self._routes(
            {
                "presence.heartbeat": self.presence.heartbeat,
                "presence.list": self.presence.list_people,
                "presence.subscribe": self.presence.subscribe,
            }
        )

    @cached_property
    def relay(self) -> Relay:
        """What follows from the stream."""
        outside = self.adapters
        return Relay(outside.cache, outside.rooms, outside.clock)

    @cached_property
    def flushes(self) -> Flushes:
        """Delayed work."""
        return Flushes(self.presence, self.receipts, self.revocation, self.adapters.clock)

    @cached_property
    def census(self) -> Census:
        """How many people are here."""
        return Census(self.adapters.presence, self.adapters.clock)

    @cached_property
    def fan_out(self) -> FanOut:
        """Events for many."""
        outside = self.adapters
        return FanOut(outside.rooms, outside.cache, outside.presence, self.delivery)

    def _routes(self, operations: Mapping[str, Any]) -> FrameRoutes:
        return FrameRoutes(operations, self.presence.end_expired, self.adapters.clock.now)
