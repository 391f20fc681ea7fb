"""Parley on memory adapters: every service in one process, on a clock that stands still.

Commands pass the whole way of a real one: an event of API Gateway, `edge`, the service, the reply.
"""

import json
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar, cast

from parley import edge
from parley.adapters.memory.cache import MemoryRoomCache
from parley.adapters.memory.clearing import MemoryClearingStore
from parley.adapters.memory.clock import MemoryClock
from parley.adapters.memory.messages import MemoryMessageStore
from parley.adapters.memory.presence import MemoryPresenceStore
from parley.adapters.memory.push import MemoryPush
from parley.adapters.memory.queue import MemoryFanoutQueue, MemoryFlushQueue
from parley.adapters.memory.rooms import MemoryRoomStore
from parley.adapters.memory.server import MemoryServer
from parley.adapters.memory.tenants import MemorySettingsStore
from parley.adapters.memory.tickets import MemoryTicketStore
from parley.adapters.memory.tokens import MemoryTokens
from parley.adapters.memory.users import MemoryUserStore
from parley.bootstrap import App, presence_rules
from parley.domain.ids import (
    MANAGE_TENANT,
    ConnectionId,
    SpaceId,
    TenantId,
    UserId,
    manage_user_id,
)
from parley.domain.people import Caller, Connection, Scope
from parley.domain.tokens import context_of
from parley.protocol.frames import MAX_SENT_BYTES
from parley.services.relay import StreamChange
from parley.settings import Settings
from tests.support.memory_stream import MemoryStream
from tests.support.watched import Fault, Watched

ROUTES = frozenset({"message", "receipt", "typing", "room", "presence", "sync"})
TOKEN_TTL_S = 7_200
# Long enough for every presence change to be announced.
SETTLED_S = 10

A = TypeVar("A")


class MemoryAdapters:
    """What `bootstrap.Adapters` has, in memory.

    Attributes:
        calls: Every call of a port so far, such as ``rooms.roster``.
        faults: By such a name, what its next calls meet, one each: an error to raise instead, or
            something to do before.
        writes: Each call with its arguments and result.
        server: What stands for Redis: can be `down`, and lose everything.
    """

    def __init__(self, settings: Settings, clock: MemoryClock | None = None) -> None:
        """Start empty."""
        rules = presence_rules(settings)
        self.calls: list[str] = []
        self.faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self.writes: list[tuple[str, tuple[Any, ...], Any]] = []
        self.clock = clock or MemoryClock()
        self.server = MemoryServer(self.clock)
        messages = MemoryMessageStore()
        self.messages = self._watched("messages", messages)
        self.rooms = self._watched("rooms", MemoryRoomStore(messages))
        self.users = self._watched("users", MemoryUserStore())
        # Not watched: it depends on the caller alone, and is read once in ten seconds.
        self.tenants = MemorySettingsStore()
        self.clearing = self._watched("clearing", MemoryClearingStore(messages))
        self.tickets = self._watched("tickets", MemoryTicketStore())
        self.cache = self._watched("cache", MemoryRoomCache(self.server, rules))
        self.presence = self._watched("presence", MemoryPresenceStore(self.server, rules))
        self.push = self._watched("push", MemoryPush())
        self.queue = self._watched("queue", MemoryFlushQueue(self.clock))
        self.fanout = self._watched("fanout", MemoryFanoutQueue())
        self.verifier = MemoryTokens(self.clock)

    def _watched(self, name: str, adapter: A) -> A:
        return cast("A", Watched(name, adapter, self))


def memory_app(clock: MemoryClock | None = None, **settings: Any) -> App:
    """Return all services on memory adapters."""
    chosen = Settings(**settings)
    return App(chosen, MemoryAdapters(chosen, clock))


class World:
    """Some people, their connections, and Parley."""

    def __init__(self, clock: MemoryClock | None = None, **settings: Any) -> None:
        """Start with nobody, with these settings different from the defaults."""
        self.app = memory_app(clock, **settings)
        self.out: MemoryAdapters = self.app.adapters
        self._connections = 0
        self._requests = 0
        self._relayed = 0
        self._stream = MemoryStream(self.out.messages, self.out.rooms)

    # --- People ------------------------------------------------------------------------------

    def caller(
        self,
        name: str,
        tenant: str = "acme",
        *,
        manages: bool = False,
        ttl_s: int = TOKEN_TTL_S,
        role: str | None = None,
        spaces: Sequence[str] = (),
    ) -> Caller:
        """Return somebody whose token was issued now."""
        now = int(self.out.clock.now().timestamp())
        return Caller(
            user_id=manage_user_id(name) if manages else UserId(name),
            tenant_id=MANAGE_TENANT if manages else TenantId(tenant),
            scope=Scope.MANAGE if manages else Scope.TENANT,
            role=role or ("super_admin" if manages else "member"),
            name=name.title(),
            expires_at=now + ttl_s,
            issued_at=now,
            spaces=tuple(SpaceId(space) for space in spaces),
        )

    def connection(self, caller: Caller) -> Connection:
        """Return a connection that nobody registered."""
        self._connections += 1
        name = ConnectionId(f"Conn{self._connections:06}AbCd=")
        return Connection(name, caller, self.out.clock.now())

    def rest_connection(self, caller: Caller) -> Connection:
        """Return what a REST request acts as: no connection of its own."""
        return Connection(ConnectionId(""), caller, self.out.clock.now())

    def person(self, name: str, tenant: str = "acme", **claims: Any) -> Connection:
        """Return somebody's new, registered connection; ``claims`` are those of `caller`."""
        connection = self.connection(self.caller(name, tenant, **claims))
        self.app.presence.connected(connection)
        return connection

    # --- Commands ----------------------------------------------------------------------------

    def event(self, connection: Connection, body: str, route: str) -> dict[str, Any]:
        """Return the event of a frame, as API Gateway makes it."""
        self._requests += 1
        connected_ms = int(connection.connected_at.timestamp() * 1000)
        context = {
            "routeKey": route,
            "messageId": f"Msg{self._requests:08}AbC=",
            "eventType": "MESSAGE",
            "messageDirection": "IN",
            "stage": "v1",
            "connectedAt": connected_ms,
            "requestId": f"Req{self._requests:08}AbC=",
            "connectionId": connection.connection_id,
            "authorizer": {
                **context_of(connection.caller),
                "principalId": connection.caller.user_id,
                "integrationLatency": 41,
            },
        }
        return {"requestContext": context, "body": body, "isBase64Encoded": False}

    def frame(self, connection: Connection, text: str) -> dict[str, Any] | None:
        """Send any text, routed as API Gateway does; return the reply, or None for none."""
        route = _route(text)
        routes = self.app.presence_routes if route == "presence" else self.app.message_routes
        before = len(self.out.push.sent)
        answer = edge.answer_frame(self.event(connection, text, route), routes)
        assert answer["statusCode"] == 200
        if "body" not in answer:
            # The reply to somebody who is ended is pushed, before the goodbye.
            pushed = [json.loads(frame) for _, frame in self.out.push.sent[before:]]
            replies = [frame for frame in pushed if "ok" in frame]
            return cast("dict[str, Any]", replies[0]) if replies else None
        assert len(answer["body"].encode()) <= MAX_SENT_BYTES
        return cast("dict[str, Any]", json.loads(answer["body"]))

    def tell(self, connection: Connection, operation: str, **data: Any) -> dict[str, Any] | None:
        """Send a command; return the reply frame, or None for a one-way command."""
        action, _, op = operation.partition(".")
        frame = {"action": action, "op": op, "id": "q-1", "data": data}
        return self.frame(connection, json.dumps(frame, ensure_ascii=False))

    def ask(self, connection: Connection, operation: str, **data: Any) -> dict[str, Any]:
        """Send a command and return the whole reply frame."""
        reply = self.tell(connection, operation, **data)
        assert reply is not None
        assert reply["id"] == "q-1"
        return reply

    def do(self, connection: Connection, operation: str, **data: Any) -> dict[str, Any]:
        """Send a command and return the data of its positive reply."""
        reply = self.ask(connection, operation, **data)
        assert reply["ok"] is True, reply
        return cast("dict[str, Any]", reply["data"])

    def refused(self, connection: Connection, operation: str, **data: Any) -> str:
        """Send a command and return the code of its refusal."""
        reply = self.ask(connection, operation, **data)
        assert reply["ok"] is False, reply
        return str(reply["error"])

    def say(self, connection: Connection, room_id: str, body: str = "hello") -> dict[str, Any]:
        """Send a text that nobody sent before, and return the message."""
        client_id = f"c-{self._requests}"
        reply = self.do(connection, "message.send", roomId=room_id, clientId=client_id, body=body)
        assert reply["duplicate"] is False
        return cast("dict[str, Any]", reply["message"])

    def group(self, owner: Connection, *members: str, **data: Any) -> str:
        """Make a group and return its id."""
        room = self.do(owner, "room.create", type="group", memberIds=list(members), **data)
        return str(room["roomId"])

    # --- What reaches people -----------------------------------------------------------------

    def events_of(self, connection: Connection, name: str | None = None) -> list[dict[str, Any]]:
        """Return the frames that were pushed to a connection, or the data of those of one name."""
        frames = self.out.push.frames_to(connection.connection_id)
        assert all(len(frame) <= MAX_SENT_BYTES for frame in frames)
        events = [event for event in map(json.loads, frames) if "event" in event]
        return events if name is None else [e["data"] for e in events if e["event"] == name]

    def forget_pushes(self) -> None:
        """Forget what was pushed and called so far."""
        self.out.push.sent.clear()
        self.out.calls.clear()

    # --- Time --------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let time pass; what was asked of the queue is carried out when it is due."""
        until = self.out.clock.now() + timedelta(seconds=seconds)
        while True:
            due = [asked.due for asked in self.out.queue.asked if asked.due <= until]
            if not due:
                break
            self.out.clock.advance(max(0.0, (min(due) - self.out.clock.now()).total_seconds()))
            for record in self.out.queue.take_due():
                self.app.flushes.carry_out(record)
        self.out.clock.advance((until - self.out.clock.now()).total_seconds())

    def fan_out(self) -> list[dict[str, Any]]:
        """Carry out what waits in the fan-out queue, and what comes of it; return it."""
        carried_out: list[dict[str, Any]] = []
        while records := self.out.fanout.take():
            batch = self.app.fan_out.batch()
            for record in records:
                batch.carry_out(record)
            batch.finish()
            carried_out += records
        return carried_out

    def flush_redis(self) -> None:
        """Make Redis lose everything."""
        self.out.server.flush_all()

    def settle(self) -> None:
        """Let everything be announced, and forget what was pushed."""
        self.wait(SETTLED_S)
        self.forget_pushes()

    def relay(self) -> list[StreamChange]:
        """Bring what was written since the last time through the stream; return it."""
        writes, self._relayed = self.out.writes[self._relayed :], len(self.out.writes)
        changes = [change for write in writes for change in self._stream.changes_of(*write)]
        self.app.relay.apply(changes)
        return changes


def _route(text: str) -> str:
    try:
        action = json.loads(text)["action"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return "$default"
    return action if isinstance(action, str) and action in ROUTES else "$default"
