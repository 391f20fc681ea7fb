"""Random histories of a tenant whose messages expire: days pass, settings change, items go late.

The services run on each kind of store. DynamoDB's removals come in any order, late or not at all;
Redis loses everything or is away. What is shown must be what follows from what was sent and set.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from parley.domain.ids import RoomId, TenantId
from parley.domain.policies import TenantSettings
from parley.domain.retention import stored_until
from tests.contract.dynamodb_fixtures import Stores
from tests.support.memory import World

DAY_S = 86_400
SETTINGS = (0, 1, 2, 9, 30)
STEPS = 40


@dataclass(slots=True)
class Sent:
    """A message as it was sent; system messages have no client id."""

    seq: int
    message_id: str
    client_id: str
    at: datetime
    days: int
    rev: int = 0
    deleted: bool = False
    is_stored: bool = True


class Life:
    """A group in a tenant, and what must be so of it."""

    def __init__(self, stores: Stores, tenant: TenantId, chance: random.Random) -> None:
        """Begin with an empty group."""
        self.stores, self.tenant, self.chance = stores, tenant, chance
        self.world = World(messages_per_10s=100_000, messages_per_minute=100_000)
        out = self.world.out
        out.messages = out._watched("messages", stores.messages)  # type: ignore[assignment]
        out.rooms = out._watched("rooms", stores.rooms)  # type: ignore[assignment]
        self.days = 0
        self.sent: list[Sent] = []
        self.read = 0
        self.come()
        self.room_id = RoomId(self.world.group(self.ann, "bob"))

    def come(self) -> None:
        """Connect anew: tokens do not last for days."""
        tenant = str(self.tenant)
        self.ann, self.bob = self.world.person("ann", tenant), self.world.person("bob", tenant)

    @property
    def now(self) -> datetime:
        """Return the time."""
        return self.world.out.clock.now()

    # --- What happens ------------------------------------------------------------------------

    def say(self) -> None:
        """Send something new."""
        self._note(self.world.say(self.ann, self.room_id))

    def rename(self) -> None:
        """Change the room, which leaves a system message."""
        name = f"name {len(self.sent)}"
        room = self.world.do(self.ann, "room.update", roomId=self.room_id, name=name)
        head = self.stores.messages.head(self.tenant, self.room_id).last_message
        assert head is not None
        assert room["lastSeq"] == head.seq == len(self.sent) + 1
        self.sent.append(Sent(head.seq, head.message_id, "", head.created_at, self.days))

    def say_again(self) -> None:
        """Repeat a send, of any age."""
        said = [each for each in self.sent if each.client_id]
        if not said:
            return
        first = self.chance.choice(said)
        data = {"roomId": self.room_id, "clientId": first.client_id, "body": "hello"}
        reply = self.world.do(self.ann, "message.send", **data)
        assert reply["duplicate"] is True
        message = reply["message"]
        assert (message["seq"], message["messageId"]) == (first.seq, first.message_id)
        assert (message["body"] is None) is (first.deleted or self.is_over(first))

    def change(self) -> None:
        """Edit, delete or react to a message, of any age."""
        if not self.sent:
            return
        chosen = self.chance.choice(self.sent)
        place = {"roomId": self.room_id, "messageId": chosen.message_id}
        operation = self.chance.choice(["message.delete", "message.react"])
        data = {"emoji": "👍", "on": True} if operation == "message.react" else {}
        reply = self.world.ask(self.ann, operation, **place, **data)
        if self.is_over(chosen):
            assert reply["error"] == "NOT_FOUND"
        elif reply["ok"]:
            chosen.rev = reply["data"]["rev"]
            chosen.deleted = reply["data"]["body"] is None

    def set_days(self) -> None:
        """Change how long messages are kept."""
        self.days = self.chance.choice(SETTINGS)
        settings = TenantSettings(retention_days=self.days)
        self.world.out.tenants.put_tenant_settings(self.tenant, settings)
        self.world.wait(11)

    def pass_time(self) -> None:
        """Let hours or days pass."""
        self.world.wait(self.chance.choice([1, 3_600, DAY_S / 2, DAY_S, 8 * DAY_S]))
        self.come()

    def remove(self) -> None:
        """Remove some of what DynamoDB may remove by now, or all of it."""
        due = [s for s in self.sent if s.is_stored and s.days and self.now >= self._due(s)]
        for each in self.chance.sample(due, self.chance.randint(0, len(due))):
            each.is_stored = False
            self.stores.remove_message(self.tenant, self.room_id, each.seq)
            if each.rev:
                self.stores.remove_entry(self.tenant, self.room_id, each.rev)

    def lose_redis(self) -> None:
        """Make Redis forget everything, or be away for a message."""
        if self.chance.random() < 0.5:
            self.world.flush_redis()
        else:
            self.world.out.server.down = True
            self.say()
            self.world.out.server.down = False
        self.come()

    def relay(self) -> None:
        """Bring what was written through the stream."""
        self.world.relay()

    def receive(self) -> None:
        """Read up to somewhere."""
        seq = self.chance.randint(0, len(self.sent))
        reply = self.world.do(self.bob, "receipt.read", roomId=self.room_id, seq=seq)
        self.read = max(self.read, seq)
        assert reply["unread"] == len(self.sent) - self.read

    # --- What must be so ---------------------------------------------------------------------

    def check(self) -> None:
        """Hold everything that shows messages against what must be shown."""
        shown, end = self.shown(), len(self.sent)
        room = self.world.do(self.bob, "room.get", roomId=self.room_id)
        assert room["lastSeq"] == end
        assert room["me"]["unread"] == end - self.read
        last = room["lastMessage"]
        assert (last["seq"] if last else None) == (end if end in shown else None)
        assert self.history() == shown
        assert self.history(after=0) == shown
        self._check_paging(shown)
        self._check_sync(shown, end)

    def history(self, **data: int) -> list[int]:
        """Return what a page of the history holds."""
        reply = self.world.do(self.bob, "message.history", roomId=self.room_id, limit=100, **data)
        assert reply["hasMore"] is False
        return [message["seq"] for message in reply["messages"]]

    def shown(self) -> list[int]:
        """Return what must be shown: what is behind the last message that is over."""
        seqs: list[int] = []
        for each in reversed(self.sent):
            if self.is_over(each):
                break
            seqs.insert(0, each.seq)
        return seqs

    def is_over(self, sent: Sent) -> bool:
        """Tell whether a message's time is over."""
        limits = [days for days in (sent.days, self.days) if days]
        return bool(limits) and self.now >= sent.at + timedelta(days=min(limits))

    def _check_paging(self, shown: list[int]) -> None:
        size = self.chance.randint(1, 5)
        seen: list[int] = []
        before, more = len(self.sent) + 1, True
        while more:
            asked = {"roomId": self.room_id, "before": before, "limit": size}
            reply = self.world.do(self.bob, "message.history", **asked)
            page = [message["seq"] for message in reply["messages"]]
            seen, more = page + seen, reply["hasMore"]
            before = page[0] if page else 0
        assert seen == shown
        seen, after, more = [], 0, True
        while more:
            asked = {"roomId": self.room_id, "after": after, "limit": size}
            reply = self.world.do(self.bob, "message.history", **asked)
            seen += [message["seq"] for message in reply["messages"]]
            more, after = reply["hasMore"], seen[-1] if seen else 0
        # Small pages from the beginning cannot know what is missing further up: messages that were
        # to be kept for longer than later ones may be there, but never one that is over.
        assert seen == sorted(set(seen))
        assert seen[len(seen) - len(shown) :] == shown
        assert not any(self.is_over(self.sent[seq - 1]) for seq in seen)

    def _check_sync(self, shown: list[int], end: int) -> None:
        seq = self.chance.randint(0, end)
        known = {self.room_id: {"seq": seq, "rev": 0}}
        reply = self.world.do(self.bob, "sync.start", rooms=known)
        [room] = [each for each in reply["rooms"] if each["roomId"] == self.room_id]
        assert reply["cursor"] is None
        assert room["lastSeq"] == end
        brought = [m for c in reply["changes"] for m in c["messages"]]
        is_cut = seq < end and seq + 1 not in shown
        assert room.get("reset", False) is is_cut
        new = [message["seq"] for message in brought if message["seq"] > seq]
        assert new == ([] if is_cut else list(range(seq + 1, end + 1)))
        old = {message["seq"] for message in brought if message["seq"] <= seq}
        changed = {s.seq for s in self.sent if s.seq <= seq and s.rev and not self.is_over(s)}
        assert old == (set() if is_cut else changed)

    def _note(self, message: dict[str, Any]) -> None:
        assert message["seq"] == len(self.sent) + 1
        at = datetime.fromisoformat(message["createdAt"])
        sent = Sent(message["seq"], message["messageId"], message["clientId"], at, self.days)
        self.sent.append(sent)

    def _due(self, sent: Sent) -> datetime:
        return stored_until(sent.at, sent.days)

    def finish(self) -> None:
        """Let everything expire and go, and Redis be empty: the room goes on where it was."""
        self.world.wait(400 * DAY_S)
        for each in self.sent:
            if each.days and each.is_stored:
                self.stores.remove_message(self.tenant, self.room_id, each.seq)
        self.world.flush_redis()
        self.come()
        self.say()
        self.check()


def live(stores: Stores, tenant: TenantId, seed: int) -> None:
    """Let a history happen."""
    chance = random.Random(seed)  # noqa: S311
    life = Life(stores, tenant, chance)
    often: list[Callable[[], None]] = [life.say, life.say, life.say, life.pass_time, life.remove]
    seldom = [life.say_again, life.change, life.set_days, life.lose_redis]
    for _ in range(STEPS):
        chance.choice([*often, *seldom, life.relay, life.receive, life.rename])()
        life.check()
    life.finish()


@pytest.mark.parametrize("seed", range(4))
def test_what_is_shown_follows_from_what_was_sent_and_set(
    stores: Stores, tenant: TenantId, seed: int
) -> None:
    live(stores, tenant, seed)


@pytest.mark.parametrize("stores", ["memory"], indirect=True)
@pytest.mark.parametrize("seed", range(4, 80))
def test_so_it_is_in_many_more_histories(stores: Stores, tenant: TenantId, seed: int) -> None:
    live(stores, tenant, seed)
