"""Looks on while things break: how long until everything is right again after each fault."""

import asyncio
import itertools
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.chaos.client import Device
from bench.chaos.crowd import Crowd
from bench.chaos.ledger import Ledger
from bench.chaos.person import Person

LOOK_EVERY_S = 0.25
GIVE_UP_S = 90.0
# A message that is not acked by then is late.
ACKED_IN_S = 2.0
# Who comes needs a moment to connect and to catch up.
COMES_IN_S = 5.0
LOOKS_A_LOOK_AT_PEOPLE = 4
# A connection that is dead without knowing it looks well until something is missing.
STAYS_WELL_S = 3.0


@dataclass(frozen=True, slots=True, eq=True)
class Wrong:
    """Somebody who is shown wrongly by somebody's device."""

    device: Device
    user_id: str
    is_ghost: bool


@dataclass(slots=True)
class Watch:
    """Compares what clients show with what everybody knows to be so.

    Attributes:
        recovery_s: How long it took after each fault of a verb; None for what was given up.
        longest_s: How long somebody was shown wrongly at most: as ghost (True), or as not there.
    """

    ledger: Ledger
    crowd: Crowd
    recovery_s: defaultdict[str, list[float | None]] = field(
        default_factory=lambda: defaultdict(list)
    )
    longest_s: dict[bool, float] = field(default_factory=lambda: {True: 0.0, False: 0.0})
    _well_since: float | None = None
    _ends: deque[tuple[float, dict[str, int]]] = field(default_factory=deque)
    _wrong_since: dict[Wrong, float] = field(default_factory=dict)
    _watching: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Look at everything, until cancelled."""
        for look in itertools.count():
            now = time.monotonic()
            if not self._is_well(now):
                self._well_since = None
            elif self._well_since is None:
                self._well_since = now
            if look % LOOKS_A_LOOK_AT_PEOPLE == 0:
                self._look_at_people(now)
            await asyncio.sleep(LOOK_EVERY_S)

    def _is_well(self, now: float) -> bool:
        """Tell whether sends are acked, and whether all show what was known a moment ago."""
        self._ends.append((now, dict(self.ledger.known_end)))
        while len(self._ends) > 1 and self._ends[1][0] <= now - ACKED_IN_S:
            self._ends.popleft()
        return not self.is_anything_late(now - ACKED_IN_S) and self.is_shown(self._ends[0][1])

    def _look_at_people(self, now: float) -> None:
        wrong = set(self.wrong())
        self._wrong_since = {each: self._wrong_since.get(each, now) for each in wrong}
        for each, since in self._wrong_since.items():
            longest = max(self.longest_s[each.is_ghost], now - since)
            self.longest_s[each.is_ghost] = round(longest, 1)

    def recovery(self, verb: str) -> None:
        """From now on, wait until what a fault broke is right again, and stays so for a while."""
        task = asyncio.create_task(self._recovery(verb, time.monotonic()))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)

    async def recovered(self) -> None:
        """Wait for all that is still watched."""
        await asyncio.gather(*self._watching)

    async def _recovery(self, verb: str, ended: float) -> None:
        while (now := time.monotonic()) < ended + GIVE_UP_S:
            since = self._well_since
            if since is not None and now >= max(since, ended) + STAYS_WELL_S:
                self.recovery_s[verb].append(round(max(0.0, since - ended), 2))
                return
            await asyncio.sleep(LOOK_EVERY_S)
        self.recovery_s[verb].append(None)

    def settled(self) -> Iterator[Device]:
        """Return the devices that want to be there, and not only since a moment ago."""
        long_ago = time.monotonic() - COMES_IN_S
        for device in self.crowd.devices:
            if device.wanted_since is not None and device.wanted_since < long_ago:
                yield device

    def is_anything_late(self, due_before: float) -> bool:
        """Tell whether a message is not acked that was due before a moment."""
        unacked = (offer for device in self.settled() for offer in device.outbox.unacked.values())
        return any(offer.due < due_before for offer in unacked)

    def is_shown(self, ends: dict[str, int]) -> bool:
        """Tell whether everybody who wants to be there is, and shows rooms up to these ends."""
        return all(
            device.is_synced
            and all(
                device.rooms[room_id].tip >= ends.get(room_id, 0)
                for room_id in self.crowd.rooms_of(device)
            )
            for device in self.settled()
        )

    def is_right(self) -> bool:
        """Tell whether everything is as it should be, now that nothing is sent any more."""
        is_said = not any(
            device.outbox.unacked for device in self.crowd.devices if device.is_wanted
        )
        return is_said and self.is_shown(self.ledger.known_end) and not any(self.wrong())

    def present(self) -> dict[str, set[str]]:
        """Return who has an open connection, by tenant."""
        here: defaultdict[str, set[str]] = defaultdict(set)
        for device in self.crowd.devices:
            if device.is_there:
                here[device.person.tenant].add(device.person.user_id)
        return here

    def wrong(self) -> Iterator[Wrong]:
        """Find whoever is shown wrongly now."""
        here = self.present()
        for device in self.crowd.devices:
            if device.is_synced:
                truth = here[device.person.tenant]
                for user_id in device.people.here ^ truth:
                    yield Wrong(device, user_id, is_ghost=user_id not in truth)


def people_of(crowd: Crowd) -> dict[Person, list[Device]]:
    """Return everybody's devices."""
    devices: defaultdict[Person, list[Device]] = defaultdict(list)
    for device in crowd.devices:
        devices[device.person].append(device)
    return devices
