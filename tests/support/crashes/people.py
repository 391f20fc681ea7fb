"""Somebody with a device, who goes on whatever becomes of our processes."""

from typing import Any

from parley.domain.people import Caller, Connection
from tests.support.crashes.world import MortalWorld
from tests.support.devices import Device, Json


class Ended(Exception):
    """Raised where a heartbeat is refused: the connection was ended, and is ended once more."""


class Person:
    """Somebody with one device.

    Attributes:
        connection: What is open now, if anything is.
        present: Who is there, as far as the device was told.
    """

    def __init__(self, world: MortalWorld, caller: Caller) -> None:
        """Not connected yet."""
        self.world = world
        self.caller = caller
        self.name = str(caller.user_id)
        self.connection: Connection | None = None
        self.device = Device(self._ask)
        self.present: set[str] = set()
        self._heard = 0

    def _ask(self, operation: str, data: Json) -> Json:
        assert self.connection is not None
        reply = self.world.ask(self.connection, operation, **data)
        if operation == "presence.heartbeat" and not reply["ok"]:
            raise Ended(reply["error"])
        assert reply["ok"] or reply["error"] == "NOT_FOUND", (self.name, operation, reply)
        return reply

    def ask(self, operation: str, **data: Any) -> Json:
        """Ask over one's connection; a one-way command answers nothing."""
        assert self.connection is not None
        return self.world.tell(self.connection, operation, **data) or {"ok": True, "data": {}}

    def connect(self) -> Json:
        """Open a connection, which is open only where the function let it."""
        connection = self.world.connection(self.caller)
        self.world.app.presence.connected(connection)
        self.connection, self._heard = connection, 0
        return {"ok": True, "data": {}}

    def come(self) -> None:
        """Open a connection and sync, as a client does."""
        assert self.connect()["ok"]
        self.sync()

    def sync(self) -> None:
        """Catch up."""
        self.device.sync()
        self.present = set(self.device.here)

    def hear(self) -> None:
        """Take what was pushed since the last time."""
        assert self.connection is not None
        events = self.world.events_of(self.connection)
        fresh, self._heard = events[self._heard :], len(events)
        for event in fresh:
            if event["event"] == "presence:update":
                self._see(event["data"]["users"])
        if any(event["event"] == "bye" for event in fresh):
            self.connection = None
        else:
            self.device.hear(fresh)

    def _see(self, users: list[Json]) -> None:
        for user in users:
            if user["status"] == "offline":
                self.present.discard(user["userId"])
            else:
                self.present.add(user["userId"])

    def beat(self) -> None:
        """Send a heartbeat, and sync where it shows that something was missed."""
        before = self.device.here
        try:
            self.device.beat()
        except Ended as exc:
            self.hear()
            assert self.connection is None, f"{self.name} may stay, but is told {exc}"
        if self.device.here is not before:
            self.present = set(self.device.here)
