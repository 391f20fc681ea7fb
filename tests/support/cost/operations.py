"""The operations whose bill is counted: how each is prepared, and what is counted of it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.cost.scenes import Scene

Act = Callable[[], object]
# What a heartbeat's interval is; the first comes sooner.
BEAT_S = 30.0
FIRST_BEAT_S = 4.0
BEATS = 5
MISSED = 50
# Longer than a roster is believed, and a tenant's settings are.
SILENCE_S = 120.0
GROUPS = (10, 100, 1_000)


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table.

    Attributes:
        name: As the table has it.
        prepare: Sets the scene, and returns what is counted.
        settled: Whether the scene is quiet before; without it what `prepare` left to do is counted.
    """

    name: str
    prepare: Callable[[Scene], Act]
    settled: bool = True


def _nothing() -> None:
    """Do nothing: what follows by itself is counted."""


# --- Coming and going ---------------------------------------------------------------------------


def _ticket(scene: Scene) -> Act:
    return scene.person(0).ticket


def _connect_first(scene: Scene) -> Act:
    scene.appear(range(1, 10))
    person = scene.person(0)
    ticket = person.ticket()
    return lambda: person.connect(ticket)


def _connect(others: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.appear(range(1, others + 1))
        person = scene.come(0)
        person.disconnect()
        scene.quieten()
        ticket = person.ticket()
        return lambda: person.connect(ticket)

    return prepare


def _disconnect(others: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.appear(range(1, others + 1))
        person = scene.come(0)
        scene.quieten()
        return person.disconnect

    return prepare


def _beat(after_s: float, **data: str) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.direct()
        _beaten(scene, after_s)
        return lambda: scene.people[0].do("presence.heartbeat", **data)

    return prepare


def _beaten(scene: Scene, after_s: float) -> None:
    # Beyond what a heartbeat looks back, so that nothing has changed.
    for _ in range(BEATS):
        scene.people[0].do("presence.heartbeat")
        scene.cloud.clock.advance(after_s)


def _first_beat(scene: Scene) -> Act:
    person = scene.come(0)
    scene.quieten()
    scene.cloud.clock.advance(FIRST_BEAT_S)
    return lambda: person.do("presence.heartbeat")


def _beat_with_news(scene: Scene) -> Act:
    scene.direct()
    _beaten(scene, BEAT_S)
    scene.say(scene.people[1])
    return lambda: scene.people[0].do("presence.heartbeat")


def _goes_away(others: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.appear(range(1, others + 1))
        person = scene.come(0)
        scene.quieten()
        return lambda: person.do("presence.heartbeat", status="away")

    return prepare


def _sync_empty(scene: Scene) -> Act:
    person = scene.come(0)
    return lambda: person.do("sync.start")


def _sync_missed(scene: Scene) -> Act:
    scene.direct()
    first, second = scene.people
    seen = int(str(scene.say(first)["seq"]))
    for _ in range(MISSED):
        scene.cloud.clock.advance(2.0)
        scene.say(first)
    known = {scene.room_id: {"seq": seen, "rev": 0}}
    return lambda: second.do("sync.start", rooms=known)


# --- Messages -----------------------------------------------------------------------------------


def _send(size: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        _room_of(scene, size)
        return lambda: scene.say(scene.people[0])

    return prepare


def _room_of(scene: Scene, size: int) -> None:
    if size == 2:
        scene.direct()
    else:
        scene.group(size)


def _send_again(scene: Scene) -> Act:
    scene.direct()
    said = scene.said()
    scene.people[0].do("message.send", **said)
    return lambda: scene.people[0].do("message.send", **said)


def _send_after_silence(scene: Scene) -> Act:
    scene.group(10)
    scene.cloud.clock.advance(SILENCE_S)
    return lambda: scene.say(scene.people[0])


def _on_a_message(operation: str, **data: object) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.group(10)
        message = scene.say(scene.people[0])
        which = {"roomId": scene.room_id, "messageId": message["messageId"]}
        return lambda: scene.people[0].do(operation, **which, **data)

    return prepare


def _history(scene: Scene) -> Act:
    scene.direct()
    for _ in range(MISSED):
        scene.cloud.clock.advance(2.0)
        scene.say(scene.people[0])
    return lambda: scene.people[1].do("message.history", roomId=scene.room_id)


# --- Receipts and typing ------------------------------------------------------------------------


def _receipt(kind: str, size: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        _room_of(scene, size)
        seq = scene.say(scene.people[0])["seq"]
        return lambda: scene.people[1].do(f"receipt.{kind}", roomId=scene.room_id, seq=seq)

    return prepare


def _receipt_held(scene: Scene) -> Act:
    scene.direct()
    seq = int(str(scene.say(scene.people[0])["seq"]))
    scene.cloud.drain()
    scene.say(scene.people[0])
    scene.people[1].do("receipt.read", roomId=scene.room_id, seq=seq)
    return lambda: scene.people[1].do("receipt.read", roomId=scene.room_id, seq=seq + 1)


def _typing(kind: str, size: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.group(size)
        return lambda: scene.people[0].send(f"typing.{kind}", roomId=scene.room_id)

    return prepare


# --- Rooms, REST --------------------------------------------------------------------------------


def _create(scene: Scene) -> Act:
    scene.appear(range(10))
    owner = scene.people[0]
    names = [person.name for person in scene.people[1:]]
    return lambda: owner.do("room.create", type="group", memberIds=names, name="All of us")


def _add_member(scene: Scene) -> Act:
    scene.group(10)
    added = {"roomId": scene.room_id, "userId": scene.person(11).name}
    return lambda: scene.people[0].do("room.addMember", **added)


def _rest_send(scene: Scene) -> Act:
    scene.group(10)
    said = scene.said()
    path = f"/rooms/{said.pop('roomId')}/messages"
    return lambda: scene.people[0].rest("POST", path, said)


def _unread(scene: Scene) -> Act:
    scene.direct()
    scene.say(scene.people[0])
    return lambda: scene.people[1].rest("GET", "/unread")


# --- What follows, and what comes by itself -----------------------------------------------------


def _after(prepare: Callable[[Scene], Act]) -> Callable[[Scene], Act]:
    """Count what an operation leaves to the stream and the queues."""

    def prepared(scene: Scene) -> Act:
        act = prepare(scene)
        scene.cloud.drain()
        act()
        return _nothing

    return prepared


def _sweep_nobody(scene: Scene) -> Act:
    return scene.cloud.sweep


def _sweep_ten(scene: Scene) -> Act:
    scene.appear(range(10))
    # Their leases hold, but somebody must look whether they do.
    for _ in range(2):
        scene.cloud.clock.advance(60.0)
        for person in scene.people:
            person.do("presence.heartbeat")
    return scene.cloud.sweep


def _sweep_lost(scene: Scene) -> Act:
    scene.appear(range(10))
    scene.cloud.clock.advance(60.0)
    for person in scene.people[1:]:
        person.do("presence.heartbeat")
    scene.cloud.clock.advance(60.0)
    return scene.cloud.sweep


OPERATIONS = (
    # First, because a sweep sees every tenant.
    Operation("sweep (nobody anywhere)", _sweep_nobody),
    Operation("sweep (a tenant of 10, all there)", _sweep_ten),
    Operation("sweep (a tenant of 10, one is gone without a word)", _sweep_lost),
    Operation("POST /ticket", _ticket),
    Operation("connect (for the first time, 9 others online)", _connect_first),
    Operation("connect (nobody else online)", _connect(0)),
    Operation("connect (9 others online)", _connect(9)),
    Operation("sync.start (nothing missed)", _sync_empty),
    Operation("sync.start (50 messages missed)", _sync_missed),
    Operation("presence.heartbeat (the first)", _first_beat),
    Operation("presence.heartbeat", _beat(BEAT_S)),
    Operation("presence.heartbeat (a room changed)", _beat_with_news),
    Operation("presence.heartbeat (away, 9 others online)", _goes_away(9)),
    Operation("disconnect (nobody else online)", _disconnect(0)),
    Operation("disconnect (9 others online)", _disconnect(9)),
    Operation("message.send (direct)", _send(2)),
    *(Operation(f"message.send (room of {size})", _send(size)) for size in GROUPS),
    Operation("message.send (room of 10, after silence)", _send_after_silence),
    Operation("message.send (a duplicate)", _send_again),
    Operation("message.edit (room of 10)", _on_a_message("message.edit", body="Changed.")),
    Operation("message.delete (room of 10)", _on_a_message("message.delete")),
    Operation("message.react (room of 10)", _on_a_message("message.react", emoji="🎉", on=True)),
    Operation("message.history (50 messages)", _history),
    Operation("receipt.delivered (direct)", _receipt("delivered", 2)),
    Operation("receipt.read (direct)", _receipt("read", 2)),
    Operation("receipt.read (direct, the second in a second)", _receipt_held),
    Operation("receipt.read (room of 10)", _receipt("read", 10)),
    Operation("receipt.read (room of 100)", _receipt("read", 100)),
    Operation("typing.start (room of 10)", _typing("start", 10)),
    Operation("typing.stop (room of 10)", _typing("stop", 10)),
    Operation("typing.start (room of 100)", _typing("start", 100)),
    Operation("room.create (10 members)", _create),
    Operation("room.addMember (room of 10)", _add_member),
    Operation("POST /rooms/{roomId}/messages (room of 10)", _rest_send),
    Operation("GET /unread", _unread),
    Operation("of these, relay: a message", _after(_send(2)), settled=False),
    Operation("of these, fan-out: a message (room of 300)", _after(_send(300)), settled=False),
    Operation("of these, flush: gone offline (9 others)", _after(_disconnect(9)), settled=False),
    Operation("of these, flush: a receipt", _after(_receipt_held), settled=False),
)
