"""What must hold whenever a function was killed, once what repeats by itself has been repeated."""

from collections.abc import Iterator

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.items import Item
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.people import Connection
from parley.domain.rooms import Room
from tests.support.crashes.people import Person
from tests.support.crashes.scene import Scene
from tests.support.devices import Json

# What gaps and heartbeats may take, and the time after which nobody is falsely present (SPEC §5).
NOTICED_S = 6
# As long as a lease and a sweep take together, with heartbeats within each lease.
STEPS = 2
STEP_S = 80

Partition = dict[str, Item]


def settle(scene: Scene) -> None:
    """Let happen what happens by itself: stream, queues, time, heartbeats."""
    world = scene.world
    world.restart()
    world.relay()
    world.fan_out()
    world.wait(NOTICED_S)
    world.fan_out()
    for person in scene.present:
        person.hear()
    for person in scene.present:
        person.beat()


def check(scene: Scene) -> None:
    """Check all that must hold, and that everything goes on."""
    for person in scene.present:
        check_device(person)
    scene.world.stream.look()
    for place, partition in rooms_of(scene):
        check_room(scene, *place, partition)
    check_revoked(scene)
    check_presence(scene)
    check_going_on(scene)


def check_device(person: Person) -> None:
    """Check that a device has by its heartbeat what a new client would read."""
    fresh = person.device.fresh_rooms()
    held = person.device.rooms
    assert held.keys() == fresh.keys(), f"{person.name} does not know their rooms"
    for room_id, view in fresh.items():
        mine = held[room_id]
        history = person.device.fresh_history(room_id)
        assert len(history) == view["lastSeq"]
        newer = {seq: message for seq, message in history.items() if seq > mine.base}
        assert mine.messages == newer, f"{person.name} has other messages"
        assert mine.heard_rev == view["rev"], f"{person.name} did not hear of a change"
        assert mine.view["name"] == view["name"], f"{person.name} holds another name"
        if view["type"] in ("group", "direct"):
            assert mine.view["memberCount"] == view["memberCount"], f"{person.name} counts others"


# --- The table ----------------------------------------------------------------------------------


def rooms_of(scene: Scene) -> Iterator[tuple[tuple[TenantId, RoomId], Partition]]:
    """Yield every room's partition."""
    for pk, partition in scene.world.stream.images.items():
        place = layout.room_of_partition(pk)
        if place is not None and place[0] == scene.tenant:
            yield place, partition


def check_room(scene: Scene, tenant_id: TenantId, room_id: RoomId, partition: Partition) -> None:
    """Check a room as it is stored."""
    if "META" not in partition:
        # Half made, and so there for nobody; who asks again completes it.
        assert not _under(partition, layout.MESSAGES)
        return
    room = items.room_of(partition["META"], tenant_id, room_id)
    seqs = [int(sk) for sk in _under(partition, layout.MESSAGES)]
    revs = [int(sk) for sk in _under(partition, layout.REVISIONS)]
    assert seqs == list(range(1, len(seqs) + 1)), "a hole in the messages"
    assert revs == list(range(1, room.rev + 1)), "a hole in the log"
    assert "CREATING" not in partition, "a claim that outlived the creation"
    _check_markers(partition)
    _check_members(scene, room, partition, len(seqs))
    _check_cache(scene, room, partition, len(seqs))


def _under(partition: Partition, prefix: str) -> dict[str, Item]:
    return {
        sk.removeprefix(prefix): i for sk, i in sorted(partition.items()) if sk.startswith(prefix)
    }


def _check_markers(partition: Partition) -> None:
    marked = sorted(items.read_number(item, "seq") for item in _under(partition, "K#").values())
    said = [
        int(seq)
        for seq, item in _under(partition, layout.MESSAGES).items()
        if items.read_text(item, "type") != "system"
    ]
    assert marked == said, "a marker without its message, or a message without"


def _check_members(scene: Scene, room: Room, partition: Partition, end: int) -> None:
    members = {items.member_of(item).user_id for item in _under(partition, layout.MEMBERS).values()}
    sides: dict[UserId, Item] = {}
    for pk, owned in scene.world.stream.images.items():
        owner = layout.user_of_partition(pk)
        side = owned.get(layout.membership_key(scene.tenant, UserId("-"), room.room_id).sk)
        if owner is not None and side is not None:
            sides[owner[1]] = side
    assert members == sides.keys(), "a member on one side only"
    assert room.is_open or room.member_count == len(members)
    for side in sides.values():
        cursor = items.cursor_of(side)
        assert cursor.read_seq <= cursor.delivered_seq <= end, "a cursor beyond the end"


def _check_cache(scene: Scene, room: Room, partition: Partition, end: int) -> None:
    """Check that the cache contradicts nothing, once the stream was applied."""
    cache = scene.world.app.adapters.cache
    head = cache.heads(room.tenant_id, [room.room_id]).get(room.room_id)
    assert head is None or head.last_seq == end, "another end in the cache"
    roster = cache.probe(room.tenant_id, _nobody(scene), room.room_id, None, targets_up_to=0).roster
    if roster is None or room.is_open:
        return
    stored = [items.member_of(item) for item in _under(partition, layout.MEMBERS).values()]
    assert (roster.room.rev, roster.room.name) == (room.rev, room.name), "an old room in the cache"
    assert dict(roster.members) == {member.user_id: member.role for member in stored}


def _nobody(scene: Scene) -> Connection:
    return scene.world.rest_connection(scene.ann.caller)


# --- People -------------------------------------------------------------------------------------


def check_revoked(scene: Scene) -> None:
    """Check that who was revoked is not connected any more."""
    users = scene.world.app.adapters.users
    for person in scene.present:
        revoked = users.revoked_before(scene.tenant, person.caller.user_id)
        assert person.caller.issued_at >= revoked, f"{person.name} was revoked and hears all"


def check_presence(scene: Scene) -> None:
    """Check that after a lease's time and a sweep everybody sees who is there, and nobody else."""
    for _ in range(STEPS):
        scene.pass_time(STEP_S)
        scene.world.app.presence.sweep()
    scene.world.wait(NOTICED_S)
    there = {person.name for person in scene.present}
    shown = {seen.user_id for seen in scene.world.app.adapters.presence.online(scene.tenant)}
    assert shown == there, f"{shown} are shown, {there} are there"
    for person in scene.present:
        person.hear()
    for person in scene.present:
        assert person.present == there, f"{person.name} sees {person.present}, {there} are there"


def check_going_on(scene: Scene) -> None:
    """Check that the next message of everybody is taken at once, and heard."""
    for speaker in scene.present:
        for room_id in list(speaker.device.rooms):
            end = speaker.device.rooms[room_id].end
            said: Json = {"roomId": room_id, "clientId": f"on-{speaker.name}", "body": "goes on"}
            reply = speaker.ask("message.send", **said)
            assert reply["ok"], reply
            assert not reply["data"]["duplicate"]
            assert reply["data"]["message"]["seq"] == end + 1
            speaker.device.take_message(reply["data"]["message"])
            scene.world.fan_out()
            for person in scene.present:
                person.hear()
                held = person.device.rooms.get(room_id)
                assert held is None or held.seq == end + 1, f"{person.name} did not hear"
