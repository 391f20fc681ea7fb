"""How the counted operations are prepared; each returns what is counted."""

from collections.abc import Callable

from tests.support.cost.scenes import Scene

Act = Callable[[], object]
# What a heartbeat's interval is; the first comes sooner.
BEAT_S = 30.0
FIRST_BEAT_S = 4.0
BEATS = 5
MISSED = 50
# Longer than a roster is believed, and a tenant's settings are.
SILENCE_S = 120.0


def nothing() -> None:
    """Do nothing: what follows by itself is counted."""


# --- Coming and going ---------------------------------------------------------------------------


def ticket(scene: Scene) -> Act:
    return scene.person(0).ticket


def connect_first(scene: Scene) -> Act:
    scene.appear(range(1, 10))
    person = scene.person(0)
    ticket = person.ticket()
    return lambda: person.connect(ticket)


def connect(others: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.appear(range(1, others + 1))
        person = scene.come(0)
        person.disconnect()
        scene.quieten()
        ticket = person.ticket()
        return lambda: person.connect(ticket)

    return prepare


def disconnect(others: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.appear(range(1, others + 1))
        person = scene.come(0)
        scene.quieten()
        return person.disconnect

    return prepare


def beat(after_s: float, **data: str) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.direct()
        beaten(scene, after_s)
        return lambda: scene.people[0].do("presence.heartbeat", **data)

    return prepare


def beaten(scene: Scene, after_s: float) -> None:
    # Beyond what a heartbeat looks back, so that nothing has changed.
    for _ in range(BEATS):
        scene.people[0].do("presence.heartbeat")
        scene.cloud.clock.advance(after_s)


def first_beat(scene: Scene) -> Act:
    person = scene.come(0)
    scene.quieten()
    scene.cloud.clock.advance(FIRST_BEAT_S)
    return lambda: person.do("presence.heartbeat")


def beat_with_news(scene: Scene) -> Act:
    scene.direct()
    beaten(scene, BEAT_S)
    scene.say(scene.people[1])
    return lambda: scene.people[0].do("presence.heartbeat")


def goes_away(others: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.appear(range(1, others + 1))
        person = scene.come(0)
        scene.quieten()
        return lambda: person.do("presence.heartbeat", status="away")

    return prepare


def sync_empty(scene: Scene) -> Act:
    person = scene.come(0)
    return lambda: person.do("sync.start")


def sync_missed(scene: Scene) -> Act:
    scene.direct()
    first, second = scene.people
    seen = int(str(scene.say(first)["seq"]))
    for _ in range(MISSED):
        scene.cloud.clock.advance(2.0)
        scene.say(first)
    known = {scene.room_id: {"seq": seen, "rev": 0}}
    return lambda: second.do("sync.start", rooms=known)


# --- Messages -----------------------------------------------------------------------------------


def send(size: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        room_of(scene, size)
        return lambda: scene.say(scene.people[0])

    return prepare


def room_of(scene: Scene, size: int) -> None:
    if size == 2:
        scene.direct()
    else:
        scene.group(size)


def send_again(scene: Scene) -> Act:
    scene.direct()
    said = scene.said()
    scene.people[0].do("message.send", **said)
    return lambda: scene.people[0].do("message.send", **said)


def send_after_silence(scene: Scene) -> Act:
    scene.group(10)
    scene.cloud.clock.advance(SILENCE_S)
    return lambda: scene.say(scene.people[0])


def on_a_message(operation: str, **data: object) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.group(10)
        message = scene.say(scene.people[0])
        which = {"roomId": scene.room_id, "messageId": message["messageId"]}
        return lambda: scene.people[0].do(operation, **which, **data)

    return prepare


def history(scene: Scene) -> Act:
    scene.direct()
    for _ in range(MISSED):
        scene.cloud.clock.advance(2.0)
        scene.say(scene.people[0])
    return lambda: scene.people[1].do("message.history", roomId=scene.room_id)


# --- Receipts and typing ------------------------------------------------------------------------


def receipt(kind: str, size: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        room_of(scene, size)
        seq = scene.say(scene.people[0])["seq"]
        return lambda: scene.people[1].do(f"receipt.{kind}", roomId=scene.room_id, seq=seq)

    return prepare


def receipt_held(scene: Scene) -> Act:
    scene.direct()
    seq = int(str(scene.say(scene.people[0])["seq"]))
    scene.cloud.drain()
    scene.say(scene.people[0])
    scene.people[1].do("receipt.read", roomId=scene.room_id, seq=seq)
    return lambda: scene.people[1].do("receipt.read", roomId=scene.room_id, seq=seq + 1)


def typing(kind: str, size: int) -> Callable[[Scene], Act]:
    def prepare(scene: Scene) -> Act:
        scene.group(size)
        return lambda: scene.people[0].send(f"typing.{kind}", roomId=scene.room_id)

    return prepare


# --- Rooms, REST --------------------------------------------------------------------------------


def create(scene: Scene) -> Act:
    scene.appear(range(10))
    owner = scene.people[0]
    names = [person.name for person in scene.people[1:]]
    return lambda: owner.do("room.create", type="group", memberIds=names, name="All of us")


def add_member(scene: Scene) -> Act:
    scene.group(10)
    added = {"roomId": scene.room_id, "userId": scene.person(11).name}
    return lambda: scene.people[0].do("room.addMember", **added)


def rest_send(scene: Scene) -> Act:
    scene.group(10)
    said = scene.said()
    path = f"/rooms/{said.pop('roomId')}/messages"
    return lambda: scene.people[0].rest("POST", path, said)


def unread(scene: Scene) -> Act:
    scene.direct()
    scene.say(scene.people[0])
    return lambda: scene.people[1].rest("GET", "/unread")


# --- What follows, and what comes by itself -----------------------------------------------------


def after(prepare: Callable[[Scene], Act]) -> Callable[[Scene], Act]:
    """Count what an operation leaves to the stream and the queues."""

    def prepared(scene: Scene) -> Act:
        act = prepare(scene)
        scene.cloud.drain()
        act()
        return nothing

    return prepared


def sweep_nobody(scene: Scene) -> Act:
    return scene.cloud.sweep


def sweep_ten(scene: Scene) -> Act:
    scene.appear(range(10))
    # Their leases hold, but somebody must look whether they do.
    for _ in range(2):
        scene.cloud.clock.advance(60.0)
        for person in scene.people:
            person.do("presence.heartbeat")
    return scene.cloud.sweep


def sweep_lost(scene: Scene) -> Act:
    scene.appear(range(10))
    scene.cloud.clock.advance(60.0)
    for person in scene.people[1:]:
        person.do("presence.heartbeat")
    scene.cloud.clock.advance(60.0)
    return scene.cloud.sweep
