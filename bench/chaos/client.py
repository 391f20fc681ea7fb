"""A client by docs/protocol.md: reconnects, catches up, beats, fills gaps, repeats sends."""

import asyncio
import contextlib
import random
import re
import time
from typing import Any

from bench.chaos.ledger import Ledger
from bench.chaos.outbox import Line, Outbox
from bench.chaos.person import Errands, Person, Seen
from bench.chaos.views import PeopleView, RoomView
from bench.chaos.wire import BEAT_PATIENCE_S, Json, Lost, Refusal, Unopened, Wire

FIRST_DELAY_S = 1.0
DELAY_FACTOR = 1.5
LONGEST_DELAY_S = 30.0
GAP_PATIENCE_S = 2.0
PAGE = 100
MESSAGE_EVENTS = ("message:new", "message:updated", "message:deleted")
CANARY = re.compile(r"canary-[0-9a-z]+-")


class Device:
    """One connection of a person, and another after it, for as long as they want to be there."""

    def __init__(
        self, url: str, person: Person, ledger: Ledger, seen: Seen, chance: random.Random
    ) -> None:
        """Begin away; see :meth:`come`."""
        self.person = person
        self.rooms: dict[str, RoomView] = {}
        self.people = PeopleView()
        self.seen = seen
        self.wanted_since: float | None = None
        self._url = url
        self._ledger = ledger
        self._chance = chance
        self._line = Line()
        self.outbox = Outbox(self._line, ledger, seen, chance, self._take_and_look)
        self._failures = 0
        self._epoch = ""
        # While a list of people is fetched: what has changed since may be newer than the list.
        self._early: list[list[Json]] | None = None
        self._life: asyncio.Task[None] | None = None
        self._errands = Errands()

    # --- Coming and going --------------------------------------------------------------------

    @property
    def is_synced(self) -> bool:
        """Tell whether it is connected and has caught up."""
        return self._line.ready.is_set()

    @property
    def is_there(self) -> bool:
        """Tell whether it has an open connection."""
        return self._line.wire is not None

    @property
    def is_wanted(self) -> bool:
        """Tell whether it wants to be there."""
        return self.wanted_since is not None

    def come(self) -> None:
        """Connect, and stay connected."""
        self.wanted_since = time.monotonic()
        self._life = asyncio.create_task(self._live())

    async def leave(self, *, abruptly: bool) -> None:
        """Be gone, with or without a word; what is not acked stays to be sent."""
        self.wanted_since = None
        wire = self._line.wire
        if wire is not None and abruptly:
            wire.drop()
        elif wire is not None:
            await wire.close()
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)

    async def end(self) -> None:
        """Leave, and forget everything that is under way."""
        await self.leave(abruptly=True)
        await self.outbox.end()
        await self._errands.end()

    async def _live(self) -> None:
        try:
            while True:
                await self._be_connected()
                self._failures += 1
                longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * DELAY_FACTOR ** (self._failures - 1))
                await asyncio.sleep(self._chance.uniform(0, longest))
        finally:
            self._lost()

    async def _be_connected(self) -> None:
        try:
            wire = self._line.wire = await Wire.open(self._url, self.person.token, self._heard)
        except Unopened as exc:
            self.seen.counts[f"handshake {exc.why}"] += 1
            return
        self.seen.counts["connections"] += 1
        keeping = asyncio.create_task(self._keep_up(wire))
        try:
            await wire.read()
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            self._lost()

    def _lost(self) -> None:
        self._line.cut()
        self._early = None

    # --- Keeping up to date ------------------------------------------------------------------

    async def _keep_up(self, wire: Wire) -> None:
        with contextlib.suppress(Lost):
            interval_s = await self._sync(wire)
            await asyncio.sleep(self._chance.uniform(0, interval_s))
            while True:
                began = time.monotonic()
                await self._beat(wire)
                await asyncio.sleep(max(0.0, began + interval_s - time.monotonic()))

    async def _beat(self, wire: Wire) -> None:
        try:
            status = {"status": "online"}
            reply = await wire.ask("presence.heartbeat", status, BEAT_PATIENCE_S)
        except Refusal as refusal:
            # The next heartbeat asks again.
            self.seen.counts[f"heartbeat {refusal.code}"] += 1
            return
        changed = reply["changed"]
        if reply["epoch"] != self._epoch or any(self._is_stale(room) for room in changed):
            await self._sync(wire)
            return
        for room in changed:
            view = self._room(room["roomId"])
            view.end = max(view.end, room["lastSeq"])
            if view.has_gap:
                self.seen.counts["gaps shown by heartbeats"] += 1
                self._fill(view)

    def _is_stale(self, room: Json) -> bool:
        return bool(room["rev"] > self._room(room["roomId"]).rev)

    async def _sync(self, wire: Wire) -> float:
        """Bring everything up to date, for as long as it takes; returns the heartbeat interval."""
        while True:
            self._early = []
            try:
                return await self._catch_up(wire)
            except Refusal as refusal:
                self.seen.counts[f"sync {refusal.code}"] += 1
                await asyncio.sleep(refusal.retry_after_s or 1.0)

    async def _catch_up(self, wire: Wire) -> float:
        cursors = {view.room_id: {"seq": view.tip, "rev": view.rev} for view in self.rooms.values()}
        first: Json | None = None
        revs: dict[str, int] = {}
        users: list[Json] = []
        page: Json = {"cursor": None}
        while first is None or page["cursor"] is not None:
            data = {"rooms": cursors, **({"cursor": page["cursor"]} if page["cursor"] else {})}
            page = await wire.ask("sync.start", data)
            # Of the first page: an epoch that changes between pages is to be noticed later.
            first = first or page
            self._take_page(page, revs)
            users += page["users"]
        for room_id, rev in revs.items():
            self._room(room_id).caught_up(rev)
        self._caught_up(first, users)
        return float(first["heartbeatInterval"])

    def _caught_up(self, first: Json, users: list[Json]) -> None:
        self.seen.counts["syncs"] += 1
        self._epoch = first["epoch"]
        self.people.list_all(users)
        for early in self._early or ():
            self.people.update(early)
        self._early = None
        self._failures = 0
        self._line.ready.set()
        for view in self.rooms.values():
            if view.has_gap:
                self._fill(view)

    def _take_page(self, page: Json, revs: dict[str, int]) -> None:
        for room in page["rooms"]:
            if room.get("removed") or room.get("reset"):
                # No room of this run ever gets shorter, and nobody is removed.
                self.seen.counts["resets"] += 1
                continue
            view = self._room(room["roomId"])
            view.end = max(view.end, room["lastSeq"])
            revs[view.room_id] = room["rev"]
        for changes in page["changes"]:
            for message in changes["messages"]:
                self._take(message)

    # --- Messages ----------------------------------------------------------------------------

    def _room(self, room_id: str) -> RoomView:
        view = self.rooms.get(room_id)
        if view is None:
            view = self.rooms[room_id] = RoomView(room_id)
        return view

    def _take(self, message: Json) -> RoomView:
        view = self._room(message["roomId"])
        view.take(self._ledger.fact(message))
        return view

    def _take_and_look(self, message: Json) -> None:
        self._watch_gap(self._take(message))

    def _fill(self, view: RoomView) -> None:
        if not view.is_filling and self._line.wire is not None:
            view.is_filling = True
            self._errands.start(self._filled(view, self._line.wire))

    async def _filled(self, view: RoomView, wire: Wire) -> None:
        try:
            while view.has_gap:
                asked = {"roomId": view.room_id, "after": view.tip, "limit": PAGE}
                try:
                    page = await wire.ask("message.history", asked)
                except Refusal as refusal:
                    await asyncio.sleep(refusal.retry_after_s or 1.0)
                    continue
                for message in page["messages"]:
                    self._take(message)
                if not page["messages"]:
                    # Somebody spoke of messages that are not there.
                    self.seen.counts["ends beyond the end"] += 1
                    break
        except Lost:
            # The sync that follows brings what is missing.
            return
        finally:
            view.is_filling = False

    def _watch_gap(self, view: RoomView) -> None:
        """Pushes may overtake each other: what is missing is probably on its way."""
        if view.gap_timed or not view.has_gap:
            return
        view.gap_timed = True
        asyncio.get_running_loop().call_later(GAP_PATIENCE_S, self._gap_is_old, view, view.tip)

    def _gap_is_old(self, view: RoomView, tip: int) -> None:
        view.gap_timed = False
        if view.has_gap and view.tip == tip:
            self.seen.counts["gaps filled"] += 1
            self._fill(view)
        else:
            self._watch_gap(view)

    # --- Events ------------------------------------------------------------------------------

    def _heard(self, name: str, text: str, data: Any) -> None:
        self.seen.counts[name] += 1
        foreign = [canary for canary in CANARY.findall(text) if canary != self.person.canary]
        if foreign:
            self.seen.foreign.append(text)
        if name in MESSAGE_EVENTS:
            self._heard_message(data, is_new=name == "message:new")
        elif name == "presence:update":
            self.people.update(data["users"])
            if self._early is not None:
                self._early.append(data["users"])
        elif name == "bye":
            self.seen.byes[data["code"]] += 1
            if self._line.wire is not None:
                self._line.wire.drop()

    def _heard_message(self, message: Json, *, is_new: bool) -> None:
        view, fact = self._room(message["roomId"]), self._ledger.fact(message)
        if is_new:
            view.push(fact)
        else:
            view.take(fact)
        self._watch_gap(view)
