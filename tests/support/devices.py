"""A device that keeps its own copy of somebody's rooms, as SPEC tells clients to.

It orders messages by ``seq``, drops what it has by ``messageId``, keeps the newest ``rev``, fetches
gaps, and names in `sync.start` how far it has each room without a hole.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
# Asks as one device: operation and data give the reply frame.
Ask = Callable[[str, Json], Json]
MAX_PAGES = 50


@dataclass(slots=True)
class HeldRoom:
    """A room as a device knows it.

    Attributes:
        base: The device has no message up to this ``seq``: it came later.
        rev: Every change up to this one is known; ``later`` are those known beyond.
    """

    view: Json
    base: int
    rev: int
    later: set[int] = field(default_factory=set)
    messages: dict[int, Json] = field(default_factory=dict)

    @property
    def seq(self) -> int:
        """Return up to where messages are held without a hole."""
        seq = self.base
        while seq + 1 in self.messages:
            seq += 1
        return seq

    @property
    def end(self) -> int:
        """Return the highest ``seq`` heard of."""
        return max(int(self.view["lastSeq"]), *self.messages, 0)

    @property
    def heard_rev(self) -> int:
        """Return the highest change number heard of."""
        return max(int(self.view["rev"]), self.rev, *self.later, 0)

    def note_rev(self, rev: int) -> None:
        """Note that the change of this number is known."""
        self.later.add(rev)
        while self.rev + 1 in self.later:
            self.rev += 1
        self.later = {each for each in self.later if each > self.rev}

    def put(self, message: Json) -> None:
        """Keep a message unless a newer state of it is held."""
        held = self.messages.get(message["seq"])
        if held is not None:
            assert held["messageId"] == message["messageId"], "two messages at one seq"
            if message["rev"] < held["rev"]:
                return
        if message["seq"] > self.base:
            self.messages[message["seq"]] = message

    def show(self, view: Json) -> None:
        """Keep what is newer of a room; its end and change number only grow."""
        if view["rev"] >= self.view["rev"]:
            end = max(view["lastSeq"], self.view["lastSeq"])
            members = view.get("members", self.view.get("members"))
            self.view = {**view, "lastSeq": end, "members": members}


class Device:
    """A copy of one person's rooms on one device, online or not."""

    def __init__(self, ask: Ask) -> None:
        """Start empty; ``ask`` reaches the server over whatever connection is open."""
        self.ask = ask
        self.rooms: dict[str, HeldRoom] = {}
        self.me: Json = {}
        self.here: set[str] = set()
        self.epoch = ""
        self._strays: dict[str, list[Json]] = {}

    # --- Events and replies ------------------------------------------------------------------

    def hear(self, events: Iterable[Json]) -> None:
        """Take events in whatever order they come, then fetch what they show to be missing."""
        for event in events:
            self._take(event["event"], event["data"])
        self.mend()

    def _take(self, name: str, data: Json) -> None:
        if name in ("message:new", "message:updated", "message:deleted"):
            self.take_message(data)
        elif name == "room:updated":
            self.take_room(data)
        elif name == "room:removed":
            self.drop(data["roomId"])

    def take_message(self, message: Json) -> None:
        """Take a message from an event or a reply."""
        held = self.rooms.get(message["roomId"])
        if held is None:
            self._strays.setdefault(message["roomId"], []).append(message)
            return
        held.put(message)
        if message["rev"]:
            held.note_rev(message["rev"])

    def take_room(self, view: Json) -> None:
        """Take a room from an event or a reply."""
        held = self.rooms.get(view["roomId"])
        if held is None:
            self._strays.setdefault(view["roomId"], [])
        else:
            # That the room is at this `rev` does not say that its changes were seen: a reply to
            # `room.mute` shows it, too. Only a sync says so, and each message its own.
            held.show(view)

    def drop(self, room_id: str) -> None:
        """Forget a room that one is no longer in."""
        self.rooms.pop(room_id, None)
        self._strays.pop(room_id, None)

    def mend(self) -> None:
        """Look at rooms that were only heard of, and fetch gaps."""
        while self._strays:
            room_id, messages = self._strays.popitem()
            reply = self.ask("room.get", {"roomId": room_id})
            if reply["ok"]:
                self._begin(reply["data"], messages)
        for room_id, held in self.rooms.items():
            while held.seq < held.end:
                query = {"roomId": room_id, "after": held.seq, "limit": 100}
                reply = self.ask("message.history", query)
                if not reply["ok"]:
                    break
                assert reply["data"]["messages"], "a gap that nothing fills"
                for message in reply["data"]["messages"]:
                    held.put(message)

    def _begin(self, view: Json, messages: list[Json]) -> HeldRoom:
        base = min([view["lastSeq"], *(message["seq"] - 1 for message in messages)])
        # A message heard of before may have been changed since, unheard.
        rev = 0 if messages else view["rev"]
        held = self.rooms[view["roomId"]] = HeldRoom(view, base, rev)
        for message in messages:
            held.put(message)
        return held

    # --- Catching up -------------------------------------------------------------------------

    def beat(self) -> None:
        """Send a heartbeat, and sync if it shows that something was missed."""
        data = self.ask("presence.heartbeat", {})["data"]
        missed = data["epoch"] != self.epoch or any(
            (held := self.rooms.get(room["roomId"])) is None
            or held.seq < room["lastSeq"]
            or held.rev < room["rev"]
            for room in data["changed"]
        )
        if missed:
            self.sync()

    def sync(self) -> None:
        """Catch up: repeat ``sync.start`` until it has no cursor."""
        known = {
            room_id: {"seq": held.seq, "rev": held.rev} for room_id, held in self.rooms.items()
        }
        pages = self._pages("sync.start", {"rooms": known})
        for page in pages:
            for view in page["rooms"]:
                self._sync_room(view)
        for page in pages:
            for change in page["changes"]:
                for message in change["messages"]:
                    self.rooms[change["roomId"]].put(message)
        for held in self.rooms.values():
            held.rev = max(held.rev, held.view["rev"])
            held.later.clear()
            assert held.seq >= held.view["lastSeq"], "a sync that left a gap"
        self._strays.clear()
        self.me = pages[0]["me"]
        self.epoch = pages[0]["epoch"]
        self.here = {user["userId"] for page in pages for user in page["users"]}

    def _sync_room(self, view: Json) -> None:
        if view.get("removed"):
            self.drop(view["roomId"])
            return
        assert not view.get("reset"), "told to start anew, though nothing was lost"
        held = self.rooms.get(view["roomId"])
        if held is None:
            self._begin(view, [])
        else:
            assert view["rev"] >= held.view["rev"]
            assert view["lastSeq"] >= held.view["lastSeq"]
            held.view = view

    # --- Reading afresh ----------------------------------------------------------------------

    def fresh_rooms(self) -> dict[str, Json]:
        """Return all rooms as a new client lists them."""
        pages = self._pages("room.list", {"limit": 7})
        views = [view for page in pages for view in page["rooms"]]
        rooms = {view["roomId"]: view for view in views}
        assert len(rooms) == len(views), "a room listed twice"
        return rooms

    def fresh_history(self, room_id: str) -> dict[int, Json]:
        """Return all messages of a room as a new client reads them."""
        messages: dict[int, Json] = {}
        more = True
        while more:
            query = {"roomId": room_id, "after": len(messages), "limit": 100}
            page = self.ask("message.history", query)["data"]
            messages |= {message["seq"]: message for message in page["messages"]}
            more = page["hasMore"]
        assert list(messages) == list(range(1, len(messages) + 1)), "a hole in the history"
        return messages

    def _pages(self, operation: str, data: Json) -> list[Json]:
        pages: list[Json] = []
        cursor = None
        for _ in range(MAX_PAGES):
            reply = self.ask(operation, {**data, **({"cursor": cursor} if cursor else {})})
            assert reply["ok"], reply
            pages.append(reply["data"])
            cursor = reply["data"]["cursor"]
            if cursor is None:
                return pages
        raise AssertionError(f"{operation} never ends")
