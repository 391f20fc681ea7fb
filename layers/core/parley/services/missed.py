"""What a client missed of one room: changes of messages that it has, and messages after them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from parley.domain.ids import RoomId, TenantId
from parley.domain.messages import Message
from parley.domain.revisions import LoggedRevision
from parley.ports import MessageStore, RoomStore
from parley.protocol.views import MessageView, RoomView
from parley.services.history import fitting

MESSAGES_A_READ = 100
# Entries of the log are small, and many of them may concern one message.
LOGGED_A_READ = 500


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a client has a room.

    Attributes:
        seq: It has the messages up to this one.
        rev: It has them as they were at this change number of the room, or later.
    """

    seq: int
    rev: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A part of what was missed, ascending by ``seq``, and how far the client is with it.

    Attributes:
        is_cut: Retention took messages right behind those that the client has: it is to begin
            anew, as what comes now does not follow.
    """

    messages: list[MessageView]
    reached: Reached
    has_more: bool
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class MissedMessages:
    """Reads what clients missed: first what changed of the messages that they have, then the new.

    Each part brings the client to a place from which it could as well have begun. So a sync goes
    on there with its next page, and brings what is changed meanwhile, too.
    """

    rooms: RoomStore
    messages: MessageStore

    def of(self, view: RoomView, since: Reached, max_bytes: int) -> Missed:
        """Return as much as fits of what came after a place, each message once in its newest state.

        One query of the log where the room changed, one batch of the messages that did, one query
        of new ones.

        Args:
            view: The room; its ``rev`` was read before this.
            since: How far the client has it.
            max_bytes: What the messages may take.
        """
        key = TenantId(view.tenant_id), RoomId(view.room_id)
        logged = self._logged(*key, view.rev, since)
        seqs = list(dict.fromkeys(e.seq for e in logged if e.seq and e.seq <= since.seq))
        changed = self._at(*key, seqs[:MESSAGES_A_READ])
        is_all = len(logged) < LOGGED_A_READ and len(seqs) <= MESSAGES_A_READ
        is_behind = is_all and since.seq < view.last_seq
        new = self._after(*key, since.seq) if is_behind else []
        views = fitting([*changed, *new], max_bytes, from_end=False)
        unshown = {message.seq for message in changed} - {each.seq for each in views}
        left = unshown.union(seqs[MESSAGES_A_READ:])
        seq = max([since.seq, *(each.seq for each in views)])
        return Missed(
            messages=sorted(views, key=lambda each: each.seq),
            reached=Reached(seq, _rev_done(logged, left, view.rev)),
            has_more=not is_all or bool(left) or bool(new and seq < view.last_seq),
            is_cut=is_behind and (not new or new[0].seq > since.seq + 1),
        )

    def _logged(
        self, tenant_id: TenantId, room_id: RoomId, rev: int, since: Reached
    ) -> list[LoggedRevision]:
        # Who has no message has none that could have changed.
        if since.seq == 0 or since.rev >= rev:
            return []
        return self.rooms.revisions(tenant_id, room_id, since.rev, LOGGED_A_READ)

    def _at(self, tenant_id: TenantId, room_id: RoomId, seqs: Sequence[int]) -> list[Message]:
        places = [(room_id, seq) for seq in seqs]
        there = self.messages.at(tenant_id, places) if places else {}
        return [there[place] for place in places if place in there]

    def _after(self, tenant_id: TenantId, room_id: RoomId, seq: int) -> list[Message]:
        return self.messages.page(
            tenant_id, room_id, after=seq, limit=MESSAGES_A_READ, newest=False
        )


def _rev_done(logged: Sequence[LoggedRevision], left: Collection[int], rev: int) -> int:
    """Return the change number up to which nothing of the log is left to be shown."""
    undone = next((entry.rev for entry in logged if entry.seq in left), None)
    if undone is not None:
        return undone - 1
    return logged[-1].rev if logged else rev
