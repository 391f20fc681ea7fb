"""One chaos run, from an empty Parley to the verdict."""

import asyncio
import gc
import random
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.chaos.catalogue import NEEDS_A_CUT, USES, Use
from bench.chaos.check import (
    Verdict,
    check_people,
    check_repeat,
    check_side,
    check_stored,
    check_view,
)
from bench.chaos.crowd import Crowd, gathered, in_threads
from bench.chaos.harness import Harness, harness
from bench.chaos.ledger import Fact, Ledger, Offer
from bench.chaos.load import Load
from bench.chaos.person import Person, Seen
from bench.chaos.plan import Plan
from bench.chaos.report import Outcome, report
from bench.chaos.schedule import Planned, planned
from bench.chaos.watch import Watch
from tests.support.stack import ROOT

# Of the last run in which something was wrong.
KEPT_LOGS = ROOT / "bench" / "results" / "chaos-logs"
PAGE = 100
READERS = 4
CUT_FRACTION = 0.3
SAYS_EVERY_S = 30.0
# How many messages are sent again when all is over.
SAID_AGAIN = 200


def chaos_run(plan: Plan) -> dict[str, Any]:
    """Start Parley, break it, and return what came of it."""
    with harness(plan) as parley:
        return asyncio.run(chaos(parley, plan))


async def chaos(parley: Harness, plan: Plan) -> dict[str, Any]:
    """Break a running Parley."""
    chance = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
    ledger, seen = Ledger(), Seen()
    crowd = await gathered(parley.stack, plan, ledger, seen, chance)
    say(f"{len(crowd.devices)} connections in {len(crowd.readers)} rooms")
    load = Load(plan, crowd, random.Random(chance.random()))  # noqa: S311
    faults = planned(chosen(plan), plan.seconds, plan.pause_s, chance)
    watch = Watch(ledger, crowd)
    outcome = Outcome(plan, ledger, seen, crowd, watch)
    # What was made until now stays; looking at it again and again would cost seconds.
    gc.freeze()
    looking = [asyncio.create_task(each) for each in (_tell(ledger, watch), watch.run())]
    try:
        await _happen(parley, load, faults, outcome)
    finally:
        for task in looking:
            task.cancel()
        await asyncio.gather(*(device.end() for device in crowd.devices))
    if outcome.verdict.counts:
        parley.keep_logs(KEPT_LOGS)
    return report(outcome, parley.dead_letters(), parley.versions())


async def _happen(parley: Harness, load: Load, faults: list[Planned], outcome: Outcome) -> None:
    plan, watch = outcome.plan, outcome.watch
    outcome.begun_s = await _quiet(watch, plan.calm_s)
    breaking = asyncio.create_task(_break(parley, faults, outcome))
    await load.run()
    await breaking
    outcome.ghosts = await _calm_down(parley, load, watch)
    outcome.quiet_s = await _quiet(watch, max(plan.calm_s, plan.heals_in_s))
    await watch.recovered()
    outcome.verdict = await _judged(parley, outcome.crowd, outcome.ledger, watch)


def chosen(plan: Plan) -> Mapping[str, Use]:
    """Return the verbs to use."""
    return {verb: USES[verb] for verb in plan.verbs} if plan.verbs else USES


def say(text: str) -> None:
    """Tell how it goes."""
    print(text, file=sys.stderr, flush=True)


async def _tell(ledger: Ledger, watch: Watch) -> None:
    while True:
        await asyncio.sleep(SAYS_EVERY_S)
        there = sum(device.is_synced for device in watch.crowd.devices)
        unacked = sum(len(device.outbox.unacked) for device in watch.crowd.devices)
        say(f"offered {len(ledger.offers)}, unacked {unacked}, synced {there}")


async def _break(parley: Harness, faults: list[Planned], outcome: Outcome) -> None:
    began = time.monotonic()
    for fault in faults:
        await asyncio.sleep(max(0.0, began + fault.at_s - time.monotonic()))
        say(f"{time.monotonic() - began:6.1f} s  {fault.verb} for {fault.seconds:.1f} s")
        broken = time.monotonic()
        await parley.begin(fault.verb)
        outcome.faults.append(fault.verb)
        if fault.verb in NEEDS_A_CUT:
            await asyncio.to_thread(parley.gateway.cut_all, fraction=CUT_FRACTION)
        await asyncio.sleep(fault.seconds)
        if USES[fault.verb].is_redis_dead:
            outcome.windows.add(broken, time.monotonic())
        await parley.end(fault.verb)
        outcome.watch.recovery(fault.verb)


async def _calm_down(parley: Harness, load: Load, watch: Watch) -> int:
    """End all faults, after some people vanished without a word; return how many ghosts that is."""
    await asyncio.to_thread(parley.gateway.drop_disconnect, probability=1.0)
    gone = await load.vanish()
    await asyncio.sleep(1.0)
    await parley.clear()
    ghosts = sum(wrong.is_ghost for wrong in watch.wrong())
    say(f"calm; {len(gone)} people vanished, {ghosts} ghosts are shown")
    return ghosts


async def _quiet(watch: Watch, at_most_s: float) -> float | None:
    """Wait until everything is right; return how long that took, None if it never was."""
    began = time.monotonic()
    while (now := time.monotonic()) < began + at_most_s:
        if watch.is_right():
            return round(now - began, 2)
        await asyncio.sleep(0.5)
    return None


async def _judged(parley: Harness, crowd: Crowd, ledger: Ledger, watch: Watch) -> Verdict:
    # Before the histories are read, in which a repeat that was stored would be.
    repeats = await _said_again(parley, crowd, ledger)
    histories = await _histories(parley, crowd, ledger)
    verdict = check_stored(ledger, histories)
    for offer, reply in repeats:
        check_repeat(verdict, offer, reply)
    for person, room in await _sides(parley, crowd):
        check_side(verdict, person.user_id, room, histories[room["roomId"]])
    here = watch.present()
    for device in crowd.devices:
        if device.is_wanted:
            person = device.person
            check_people(verdict, device.people.here, here[person.tenant], str(person))
            for room_id in crowd.rooms_of(device):
                check_view(verdict, device.rooms[room_id], histories[room_id])
    return verdict


async def _said_again(
    parley: Harness, crowd: Crowd, ledger: Ledger
) -> list[tuple[Offer, dict[str, Any]]]:
    """Send some of what was acked once more, as a client that came back would: evenly spread."""
    speakers = {
        (device.person.user_id, room_id): device.person
        for device in crowd.devices
        for room_id in crowd.rooms_of(device)
    }
    acked = [offer for offer in ledger.offers.values() if offer.acked is not None]

    def say_again(offer: Offer) -> tuple[Offer, dict[str, Any]]:
        token = speakers[offer.sender_id, offer.room_id].token
        said = {"clientId": offer.client_id, "body": offer.body}
        return offer, parley.stack.post(f"/api/rooms/{offer.room_id}/messages", said, token)

    with ThreadPoolExecutor(READERS) as threads:
        return await in_threads(threads, say_again, acked[:: max(1, len(acked) // SAID_AGAIN)])


async def _sides(parley: Harness, crowd: Crowd) -> list[tuple[Person, dict[str, Any]]]:
    """Read each room as each of its people has it."""
    sides = {(device.person, room) for device in crowd.devices for room in crowd.rooms_of(device)}

    def read(side: tuple[Person, str]) -> tuple[Person, dict[str, Any]]:
        person, room_id = side
        return person, parley.stack.get(f"/api/rooms/{room_id}", person.token)

    with ThreadPoolExecutor(READERS) as threads:
        return await in_threads(threads, read, sides)


async def _histories(parley: Harness, crowd: Crowd, ledger: Ledger) -> dict[str, list[Fact]]:
    def read(room_id: str) -> list[Fact]:
        token = crowd.readers[room_id].token
        facts: list[Fact] = []
        has_more = True
        while has_more:
            after = facts[-1].seq if facts else 0
            path = f"/api/rooms/{room_id}/messages?after={after}&limit={PAGE}"
            page = parley.stack.get(path, token)
            facts += [ledger.fact(message) for message in page["messages"]]
            has_more = page["hasMore"]
        return facts

    with ThreadPoolExecutor(READERS) as threads:
        return dict(zip(crowd.readers, await in_threads(threads, read, crowd.readers), strict=True))
