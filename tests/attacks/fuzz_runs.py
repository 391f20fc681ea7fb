"""Runs of `tests.attacks.fuzzing`: in this process, and on the wire; what is wrong with answers."""

import asyncio
import gc
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from parley.errors import InvalidInput, PayloadTooLarge
from parley.protocol import strict
from tests.attacks.fuzzing import Frames, Json, member_of
from tests.support.memory import World
from tests.support.places import Place

# Without faults nothing else may come of a frame; `UNAUTHORIZED` ends connections.
CODES = frozenset(
    ("VALIDATION_ERROR", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "PAYLOAD_TOO_LARGE", "RATE_LIMITED")
)
# What a machine that is busy with other things may answer, too.
BUSY_CODES = CODES | {"UNAVAILABLE"}
FIELDS = {"id", "ok", "error", "message", "correlationId", "details", "retryAfter"}
FRAMES_A_WORLD = 5_000
MAX_PROBLEMS = 20
ANSWER_IN_S = 60
LIMITS: Any = dict.fromkeys(
    (
        *("messages_per_10s", "messages_per_minute", "typing_per_minute", "receipts_per_minute"),
        *("requests_per_minute", "connects_per_minute"),
    ),
    1_000_000,
)


@dataclass
class Ran:
    """What came of a run.

    Attributes:
        outcomes: How often each came: ``ok``, an error code, or ``silent`` for one-way frames.
        problems: What was wrong, with the frame.
        slowest_s: The longest time that a frame took.
        codes: Refusals that are no problem.
        drift: By what share the process grew after the first tenth; None where it is not known.
    """

    frames: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    slowest: str = ""
    seconds: float = 0.0
    drift: float | None = None
    codes: frozenset[str] = CODES

    def note(self, text: str, reply: Json | None, took_s: float) -> None:
        """Judge the answer to one frame."""
        self.frames += 1
        if took_s > self.slowest_s:
            self.slowest_s, self.slowest = took_s, text[:200]
        outcome = "silent" if reply is None else "ok" if reply.get("ok") else reply.get("error")
        self.outcomes[str(outcome)] += 1
        problem = wrong_with(text, reply, self.codes)
        if problem and len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"{problem}: {text[:300]!r} was answered {str(reply)[:300]}")

    def report(self) -> Json:
        """Return the figures."""
        return {
            "frames": self.frames,
            "perSecond": round(self.frames / self.seconds) if self.seconds else None,
            "outcomes": dict(sorted(self.outcomes.items())),
            "problems": self.problems,
            "slowestMs": round(self.slowest_s * 1000, 2),
            "slowest": self.slowest,
            "memoryDrift": None if self.drift is None else round(self.drift, 4),
        }


def wrong_with(text: str, reply: Json | None, codes: frozenset[str] = CODES) -> str:
    """Tell what is wrong with the answer to a frame; nothing, if it is empty."""
    if reply is None:
        return "" if member_of(text, "action") == "typing" else "no answer"
    if reply.get("ok") is True:
        well_formed = set(reply) == {"id", "ok", "data"} and isinstance(reply["data"], dict)
        return "" if well_formed and reply["id"] == member_of(text, "id") else "no reply of ours"
    if reply.get("error") not in codes:
        return "not in the closed set"
    if not (set(reply) <= FIELDS and reply["ok"] is False and reply["correlationId"]):
        return "no refusal of ours"
    return "" if reply["id"] == _readable_id(text) else "another id"


def _readable_id(text: str) -> str | None:
    try:
        frame = strict.loads(text)
    except (InvalidInput, PayloadTooLarge):
        return None
    frame_id = frame.get("id") if isinstance(frame, dict) else None
    return frame_id if isinstance(frame_id, str) and 1 <= len(frame_id) <= 64 else None


# --- In this process ------------------------------------------------------------------------------


def in_process(frames: int, seed: int = 1) -> Ran:
    """Send so many frames to Parley in memory, by two people in turns."""
    ran = Ran()
    begun_s, early_kb = time.perf_counter(), None
    while ran.frames < frames:
        _one_world(ran, min(FRAMES_A_WORLD, frames - ran.frames), seed + ran.frames)
        if early_kb is None and ran.frames >= frames / 10:
            early_kb = _resident_kb()
    late_kb = _resident_kb()
    if early_kb and late_kb:
        ran.drift = late_kb / early_kb - 1
    ran.seconds = time.perf_counter() - begun_s
    return ran


def _one_world(ran: Ran, count: int, seed: int) -> None:
    world = World(**LIMITS)
    people = [world.person("ann", spaces=["north"]), world.person("ben")]
    room_id = world.group(people[0], "ben")
    channel = world.do(people[0], "room.create", type="channel", spaceId="north")["roomId"]
    said = [world.say(person, room_id)["messageId"] for person in people]
    supply = Frames(seed, known_ids([room_id, str(channel)], said, ["ann", "ben"]))
    for number in range(count):
        text, asker = supply.next(), people[number % 2]
        # Of the processor, so that a busy machine makes no frame slow.
        begun_s = time.process_time()
        reply = world.frame(asker, text)
        ran.note(text, reply, time.process_time() - begun_s)
        world.forget_pushes()
        world.out.writes.clear()


def known_ids(
    rooms: Sequence[str], messages: Sequence[str], people: Sequence[str]
) -> dict[str, Sequence[str]]:
    """Return ids that exist, by the fields that take them."""
    fields: dict[str, Sequence[str]] = dict.fromkeys(("userId", "userIds", "mentions"), people)
    fields |= {"roomId": rooms, "rooms": rooms, "memberIds": people}
    return fields | {"messageId": messages, "replyTo": [*messages, *messages, "none"]}


def _resident_kb() -> int | None:
    gc.collect()
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * 4


# --- On the wire ----------------------------------------------------------------------------------


async def on_the_wire(
    stack: Place, tenant: str, frames: int, seed: int = 1, connections: int = 4
) -> Ran:
    """Send so many frames over so many connections, each awaiting its answers one by one."""
    ran = Ran(codes=BUSY_CODES)
    begun_s = time.perf_counter()
    share = -(-frames // connections)
    people = (_talk(stack, tenant, number, share, seed, ran) for number in range(connections))
    await asyncio.gather(*people)
    ran.seconds = time.perf_counter() - begun_s
    return ran


async def _talk(stack: Place, tenant: str, number: int, count: int, seed: int, ran: Ran) -> None:
    claims = {"tenantId": tenant, "spaces": ["north"]}
    token = await asyncio.to_thread(stack.token, f"fuzzer-{number}", **claims)
    protocols = [Subprotocol("parley.v1"), Subprotocol(f"bearer.{token}")]
    options: Any = {"compression": None, "open_timeout": ANSWER_IN_S}
    async with connect(stack.ws_url, subprotocols=protocols, **options) as socket:
        made = await _asked(socket, "room.create", type="group", memberIds=["ben"])
        sent = await _asked(socket, "message.send", roomId=made["roomId"], clientId="c", body="x")
        ids = known_ids([made["roomId"]], [sent["message"]["messageId"]], ["ben"])
        supply = Frames(seed + number, ids)
        for sequence in range(count):
            text = supply.next()
            try:
                await _exchange(socket, text, sequence, ran)
            except ConnectionClosed as exc:
                ran.problems.append(f"closed with {exc.rcvd}: {text[:300]!r}")
                return


async def _exchange(socket: ClientConnection, text: str, sequence: int, ran: Ran) -> None:
    begun_s = time.perf_counter()
    # Now and then in pieces, which API Gateway joins.
    cut = len(text) // 2
    await socket.send([text[:cut], text[cut:]] if sequence % 10 == 0 and cut else text)
    if member_of(text, "action") == "typing":
        # One-way: an answer would be taken for that of the next frame, whose id it has not.
        ran.note(text, None, 0.0)
        return
    reply = await _reply(socket)
    ran.note(text, reply, time.perf_counter() - begun_s)


async def _asked(socket: ClientConnection, operation: str, **data: Any) -> Json:
    action, _, op = operation.partition(".")
    await socket.send(json.dumps({"action": action, "op": op, "id": "q", "data": data}))
    reply = await _reply(socket)
    assert reply["ok"], reply
    made: Json = reply["data"]
    return made


async def _reply(socket: ClientConnection) -> Json:
    while True:
        frame: Json = json.loads(await asyncio.wait_for(socket.recv(), ANSWER_IN_S))
        if "event" not in frame:
            return frame
