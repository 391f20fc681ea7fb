"""The people's doings: messages at a rate whatever the server is like, and comings and goings."""

import asyncio
import contextlib
import random
import time
import uuid

from bench.chaos.client import Device
from bench.chaos.crowd import Crowd
from bench.chaos.ledger import Offer
from bench.chaos.person import Person
from bench.chaos.plan import Plan
from bench.chaos.watch import people_of

AWAY_S = (2.0, 15.0)
LEAVES_EVERY_S = 4.0
# Those who are gone for good at the end, for whom nobody said goodbye.
GONE_SHARE = 0.08


class Load:
    """Lets the crowd do things until it is told to stop."""

    def __init__(self, plan: Plan, crowd: Crowd, chance: random.Random) -> None:
        """Begin with :meth:`run`."""
        self._plan = plan
        self._crowd = crowd
        self._chance = chance
        self._people = people_of(crowd)
        self._gone_for_good = max(1, round(len(self._people) * GONE_SHARE))
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Offer messages when they are due, until all are offered."""
        moving = asyncio.create_task(self._come_and_go())
        began = time.monotonic()
        for number in range(round(self._plan.rate * self._plan.seconds)):
            due = began + number / self._plan.rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._offer(number, due)
        self._over.set()
        await moving

    def _offer(self, number: int, due: float) -> None:
        device = self._chance.choice(self._crowd.devices)
        if not device.is_wanted:
            # Who is away says nothing; somebody else does, so that the rate holds.
            device = next(each for each in self._crowd.devices if each.is_wanted)
        group, tenant = self._crowd.rooms_of(device)
        room_id = tenant if self._chance.random() < self._plan.open_share else group
        body = f"{device.person.canary}{number} {'x' * self._chance.randrange(80)}"
        is_edited = self._chance.random() < self._plan.edit_share
        device.outbox.say(
            Offer(
                client_id=uuid.UUID(int=self._chance.getrandbits(128)).hex,
                sender_id=device.person.user_id,
                room_id=room_id,
                body=body.strip(),
                due=due,
                edited_body=f"{body.strip()} (edited)" if is_edited else None,
            )
        )

    async def _come_and_go(self) -> None:
        async with asyncio.TaskGroup() as away:
            while not await self._is_over_in(self._chance.uniform(0.5, 1.5) * LEAVES_EVERY_S):
                device = self._chance.choice(self._crowd.devices)
                if device.is_wanted and device.is_synced:
                    away.create_task(self._be_away(device))

    async def _be_away(self, device: Device) -> None:
        await device.leave(abruptly=self._chance.random() < 0.5)
        await self._is_over_in(self._chance.uniform(*AWAY_S))
        device.come()

    async def _is_over_in(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), seconds)
        return self._over.is_set()

    async def vanish(self) -> list[Person]:
        """Let some people, with all their devices, be gone for good; they have said everything."""
        people = [
            person
            for person, devices in self._people.items()
            if not any(device.outbox.unacked for device in devices)
        ]
        gone = self._chance.sample(people, min(len(people), self._gone_for_good))
        for person in gone:
            for device in self._people[person]:
                await device.leave(abruptly=True)
        return gone
