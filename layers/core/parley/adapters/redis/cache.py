"""`RoomCache` on Redis: what is known of rooms, limits, turns, and the log of changes.

Keys under ``<prefix>:{t:<tenant>}``, each with a TTL: ``roster:<room>`` (hash: the rev below which
rosters are refused, for a day; the roster, if one is known, and until when it is believed),
``head:<room>`` (hash), ``turn:<room>`` (hash), ``rate:<name>:<user>`` (sorted set), ``log`` (sorted
set, with the epoch), ``rooms:<user>`` (set), ``rcpt:<room>:<user>`` (hash). ``conns`` and
``spaces`` belong to presence and are only read here. Each method is one script, so atomic, and one
round trip.
"""

import secrets
from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from parley.adapters.millis import span_ms, to_ms
from parley.adapters.preview import preview
from parley.adapters.redis import codec
from parley.adapters.redis.client import Arg, RedisClient
from parley.adapters.redis.keyspace import Keyspace
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Head
from parley.domain.people import Connection
from parley.domain.presence import PresenceRules
from parley.domain.rooms import Roster
from parley.errors import RateLimited
from parley.ports import Clock, Probe, RateLimit, Turn

# No room id has this character, so the mark of a complete list can live among them. Its number
# rises when complete lists begin to hold more: those of the version before are made anew.
_COMPLETE = "=2"


class RedisRoomCache:
    """What is known of rooms without asking DynamoDB."""

    def __init__(
        self,
        client: RedisClient,
        rules: PresenceRules | None = None,
        *,
        prefix: str = "parley",
        clock: Clock | None = None,
    ) -> None:
        """Wire the cache.

        Args:
            client: The server.
            rules: When a token's end counts for pushes.
            prefix: Sets the keys of this deployment apart.
            clock: Tests pass one; without it the server's own clock decides.
        """
        self._client = client
        self._rules = rules or PresenceRules()
        self._keys = Keyspace(prefix)
        self._clock = clock

    def probe(
        self,
        tenant_id: TenantId,
        connection: Connection,
        room_id: RoomId,
        limit: RateLimit | None,
        *,
        take_turn: bool = False,
        targets_up_to: int | None = None,
    ) -> Probe:
        """See `RoomCache.probe`. One round trip; two for callers of another tenant (manage scope).

        Their limits and connections live in their own slot, which one script cannot reach.
        """
        caller = connection.caller
        abroad = caller.tenant_id != tenant_id
        known_at_home = self._ask_home(connection, limit) if abroad else False
        keys = [
            *(self._keys.of(tenant_id, name, room_id) for name in ("roster", "head", "turn")),
            *(self._keys.of(tenant_id, name) for name in ("conns", "spaces")),
        ]
        asking = ("", "") if abroad else (caller.user_id, connection.connection_id)
        tags = codec.tags_of(caller.spaces) if take_turn else ""
        most = "" if targets_up_to is None else targets_up_to
        args: list[Arg] = [self._now(), *asking, int(take_turn), secrets.token_hex(8), tags, most]
        if limit is not None and not abroad:
            keys.append(self._keys.of(tenant_id, "rate", limit.name, caller.user_id))
            args += _windows(limit)
        answer = self._client.run("probe", keys, args, repeatable=not take_turn)
        _refuse(answer[0])
        _, now, known, head, turn, packed, connections, crowded = answer
        roster = codec.roster_from_json(packed, tenant_id)
        tag = codec.open_tag(roster.room) if roster else None
        targets = codec.live_targets(tenant_id, connections, now, self._rules, tag or "")
        return Probe(
            roster=roster,
            head_seq=None if head is None else int(head),
            turn=_turn(turn),
            targets=tuple(targets),
            sender_known=known == 1 or known_at_home,
            crowded=crowded == 1,
        )

    def allow(self, connection: Connection, limit: RateLimit) -> None:
        """See `RoomCache.allow`. A repeated call counts once, by its nonce."""
        self._ask_home(connection, limit)

    def heads(self, tenant_id: TenantId, room_ids: Sequence[RoomId]) -> dict[RoomId, Head]:
        """See `RoomCache.heads`."""
        if not room_ids:
            return {}
        keys = [self._keys.of(tenant_id, "head", room_id) for room_id in room_ids]
        answer = self._client.run("heads", keys, repeatable=True)
        found = zip(room_ids, answer[::2], answer[1::2], strict=True)
        return {
            room_id: Head(int(seq), codec.message_from_json(message))
            for room_id, seq, message in found
            if seq is not None
        }

    def raise_heads(self, tenant_id: TenantId, heads: Mapping[RoomId, Head]) -> None:
        """See `RoomCache.raise_heads`. Of one ``seq`` the message with the highest rev stays."""
        if not heads:
            return
        keys = [self._keys.of(tenant_id, "head", room_id) for room_id in heads]
        args = list(chain.from_iterable(map(_head_args, heads.values())))
        self._client.run("raise_heads", keys, args, repeatable=True)

    def progress(self, tenant_id: TenantId, room_id: RoomId) -> tuple[int | None, int]:
        """See `RoomCache.progress`."""
        keys = [self._keys.of(tenant_id, name, room_id) for name in ("head", "turn")]
        head, served = self._client.run("progress", keys, repeatable=True)
        return (None if head is None else int(head)), int(served or 0)

    def end_turn(
        self,
        tenant_id: TenantId,
        room_id: RoomId,
        turn: Turn | None,
        head: Head | None = None,
        commit_s: float | None = None,
    ) -> None:
        """See `RoomCache.end_turn`."""
        keys = [self._keys.of(tenant_id, name, room_id) for name in ("head", "turn")]
        keys.append(self._keys.of(tenant_id, "log"))
        cost_ms = "" if commit_s is None else commit_s * 1000
        args: list[Arg] = [turn.ticket if turn else 0, cost_ms]
        if head is not None:
            args += [self._now(), room_id, *_head_args(head)]
        self._client.run("end_turn", keys, args, repeatable=True)

    def put_roster(self, roster: Roster) -> None:
        """See `RoomCache.put_roster`."""
        room = roster.room
        self._put_room(room.tenant_id, room.room_id, room.rev, codec.roster_to_json(roster))

    def roster(self, tenant_id: TenantId, room_id: RoomId) -> Roster | None:
        """See `RoomCache.roster`."""
        key = self._keys.of(tenant_id, "roster", room_id)
        packed = self._client.run("roster", [key], [self._now()], repeatable=True)
        return codec.roster_from_json(packed, tenant_id)

    def drop_roster(self, tenant_id: TenantId, room_id: RoomId, rev: int) -> None:
        """See `RoomCache.drop_roster`."""
        self._put_room(tenant_id, room_id, rev, "")

    def log_changes(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> None:
        """See `RoomCache.log_changes`."""
        if room_ids:
            self._log(tenant_id, room_ids)

    def add_rooms(
        self, tenant_id: TenantId, user_id: UserId, room_ids: Collection[RoomId], *, complete: bool
    ) -> None:
        """See `RoomCache.add_rooms`."""
        members = [*room_ids, _COMPLETE] if complete else list(room_ids)
        if members:
            key = self._keys.of(tenant_id, "rooms", user_id)
            self._client.run("add_rooms", [key], members, repeatable=True)

    def changed_since(
        self, tenant_id: TenantId, user_id: UserId, since: float
    ) -> tuple[str, list[RoomId] | None]:
        """See `RoomCache.changed_since`; the rooms are sorted.

        The log reaches one hour back: for an earlier ``since`` all rooms of the user are named.
        """
        keys = [self._keys.of(tenant_id, "log"), self._keys.of(tenant_id, "rooms", user_id)]
        args = [self._now(), secrets.token_hex(8), int(since * 1000), _COMPLETE]
        epoch, complete, *rooms = self._client.run("changed_since", keys, args, repeatable=True)
        return epoch, (sorted(map(RoomId, rooms)) if complete else None)

    def epoch(self, tenant_id: TenantId) -> str:
        """See `RoomCache.epoch`."""
        return self._log(tenant_id, ())

    def may_push_receipt(
        self, tenant_id: TenantId, room_id: RoomId, user_id: UserId, *, held: bool = False
    ) -> str:
        """See `RoomCache.may_push_receipt`. The flush asks again, and is told ``now``."""
        key = self._keys.of(tenant_id, "rcpt", room_id, user_id)
        return str(self._client.run("receipt", [key], [self._now(), int(held)]))

    def _ask_home(self, connection: Connection, limit: RateLimit | None) -> bool:
        home, user = connection.caller.tenant_id, connection.caller.user_id
        name = limit.name if limit else ""
        keys = [self._keys.of(home, "rate", name, user), self._keys.of(home, "conns")]
        args: list[Arg] = [self._now(), user, connection.connection_id, secrets.token_hex(8)]
        args += _windows(limit) if limit else ()
        wait_ms, known = self._client.run("allow", keys, args, repeatable=True)
        _refuse(wait_ms)
        return bool(known)

    def _put_room(self, tenant_id: TenantId, room_id: RoomId, rev: int, roster: str) -> None:
        key = self._keys.of(tenant_id, "roster", room_id)
        self._client.run("put_room", [key], [self._now(), rev, roster], repeatable=True)

    def _log(self, tenant_id: TenantId, room_ids: Collection[RoomId]) -> str:
        args = [self._now(), secrets.token_hex(8), *room_ids]
        key = self._keys.of(tenant_id, "log")
        return str(self._client.run("log_changes", [key], args, repeatable=True))

    def _now(self) -> Arg:
        return to_ms(self._clock.now()) if self._clock else ""


def _turn(answer: list[str | int] | None) -> Turn | None:
    if answer is None:
        return None
    ticket, ahead, cost_ms = answer
    return Turn(int(ticket), int(ahead), float(cost_ms) / 1000)


def _windows(limit: RateLimit) -> list[Arg]:
    return [part for count, span in limit.windows for part in (count, span_ms(span))]


def _refuse(wait_ms: int) -> None:
    if wait_ms > 0:
        raise RateLimited(wait_ms / 1000)


def _head_args(head: Head) -> tuple[Arg, Arg, Arg]:
    if head.last_message is None:
        return head.last_seq, -1, ""
    return (
        head.last_seq,
        head.last_message.rev,
        codec.message_to_json(preview(head.last_message)),
    )
