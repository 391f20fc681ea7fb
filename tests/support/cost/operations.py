"""The operations whose bill is counted."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.support.cost import preparations
from tests.support.cost.preparations import BEAT_S, Act
from tests.support.cost.scenes import Scene

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


OPERATIONS = (
    # First, because a sweep sees every tenant.
    Operation("sweep (nobody anywhere)", preparations.sweep_nobody),
    Operation("sweep (a tenant of 10, all there)", preparations.sweep_ten),
    Operation("sweep (a tenant of 10, one is gone without a word)", preparations.sweep_lost),
    Operation("POST /ticket", preparations.ticket),
    Operation("connect (for the first time, 9 others online)", preparations.connect_first),
    Operation("connect (nobody else online)", preparations.connect(0)),
    Operation("connect (9 others online)", preparations.connect(9)),
    Operation("sync.start (nothing missed)", preparations.sync_empty),
    Operation("sync.start (50 messages missed)", preparations.sync_missed),
    Operation("presence.heartbeat (the first)", preparations.first_beat),
    Operation("presence.heartbeat", preparations.beat(BEAT_S)),
    Operation("presence.heartbeat (a room changed)", preparations.beat_with_news),
    Operation("presence.heartbeat (away, 9 others online)", preparations.goes_away(9)),
    Operation("disconnect (nobody else online)", preparations.disconnect(0)),
    Operation("disconnect (9 others online)", preparations.disconnect(9)),
    Operation("message.send (direct)", preparations.send(2)),
    *(Operation(f"message.send (room of {size})", preparations.send(size)) for size in GROUPS),
    Operation("message.send (room of 10, after silence)", preparations.send_after_silence),
    Operation("message.send (a duplicate)", preparations.send_again),
    Operation(
        "message.edit (room of 10)", preparations.on_a_message("message.edit", body="Changed.")
    ),
    Operation("message.delete (room of 10)", preparations.on_a_message("message.delete")),
    Operation(
        "message.react (room of 10)",
        preparations.on_a_message("message.react", emoji="🎉", on=True),
    ),
    Operation("message.history (50 messages)", preparations.history),
    Operation("receipt.delivered (direct)", preparations.receipt("delivered", 2)),
    Operation("receipt.read (direct)", preparations.receipt("read", 2)),
    Operation("receipt.read (direct, the second in a second)", preparations.receipt_held),
    Operation("receipt.read (room of 10)", preparations.receipt("read", 10)),
    Operation("receipt.read (room of 100)", preparations.receipt("read", 100)),
    Operation("typing.start (room of 10)", preparations.typing("start", 10)),
    Operation("typing.stop (room of 10)", preparations.typing("stop", 10)),
    Operation("typing.start (room of 100)", preparations.typing("start", 100)),
    Operation("room.create (10 members)", preparations.create),
    Operation("room.addMember (room of 10)", preparations.add_member),
    Operation("POST /rooms/{roomId}/messages (room of 10)", preparations.rest_send),
    Operation("GET /unread", preparations.unread),
    Operation(
        "of these, relay: a message", preparations.after(preparations.send(2)), settled=False
    ),
    Operation(
        "of these, fan-out: a message (room of 300)",
        preparations.after(preparations.send(300)),
        settled=False,
    ),
    Operation(
        "of these, flush: gone offline (9 others)",
        preparations.after(preparations.disconnect(9)),
        settled=False,
    ),
    Operation(
        "of these, flush: a receipt", preparations.after(preparations.receipt_held), settled=False
    ),
)
