"""The connections that events go to: the part of `RedisPresenceStore` that only reads them.

Keys as there. In parts, no reading blocks the server for longer than some 1,000 people take.
"""

from collections.abc import Collection, Iterator
from typing import Any

from parley.adapters.millis import span_ms, to_ms
from parley.adapters.redis import codec
from parley.adapters.redis.client import Arg, RedisClient
from parley.adapters.redis.keyspace import Keyspace
from parley.domain.ids import SpaceId, TenantId, UserId, space_tag
from parley.domain.presence import PresenceRules, Target
from parley.ports import Clock

_NAMES = (
    *("conns", "online", "people", "seen", "announced", "pending", "flush", "gone", "subs"),
    *("taken", "spaces"),
)
PEOPLE_A_PART = 1_000


class RedisTargets:
    """Runs presence scripts, and reads targets."""

    def __init__(
        self,
        client: RedisClient,
        rules: PresenceRules | None = None,
        *,
        prefix: str = "parley",
        clock: Clock | None = None,
    ) -> None:
        """Wire the store.

        Args:
            client: The server.
            rules: The durations.
            prefix: Sets the keys of this deployment apart.
            clock: Tests pass one; without it the server's own clock decides.
        """
        self._client = client
        self._rules = rules or PresenceRules()
        self._keys = Keyspace(prefix)
        self._clock = clock

    def targets(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> list[Target]:
        """See `PresenceStore.targets`."""
        if not user_ids:
            return []
        now, entries = self._run("presence_targets", tenant_id, *user_ids, repeatable=True)
        return list(codec.live_targets(tenant_id, entries, now, self._rules))

    def everyone(self, tenant_id: TenantId) -> list[Target]:
        """See `PresenceStore.everyone`."""
        return self._everyone(tenant_id, "")

    def in_space(self, tenant_id: TenantId, space_id: SpaceId) -> list[Target]:
        """See `PresenceStore.in_space`."""
        return self._everyone(tenant_id, _tag(space_id))

    def _everyone(self, tenant_id: TenantId, tag: str) -> list[Target]:
        now, entries, _ = self._run("presence_everyone", tenant_id, tag, repeatable=True)
        return list(codec.live_targets(tenant_id, entries, now, self._rules, tag))

    def count_people(self, tenant_id: TenantId, space_id: SpaceId | None) -> int:
        """See `PresenceStore.count_people`. Also of those whose registration ran out."""
        return int(self._run("presence_people", tenant_id, _tag(space_id), repeatable=True))

    def in_parts(self, tenant_id: TenantId, space_id: SpaceId | None) -> Iterator[list[Target]]:
        """See `PresenceStore.in_parts`. Some 1,000 people a round trip."""
        tag, cursor, more = _tag(space_id), "", True
        while more:
            now, entries, cursor = self._run(
                "presence_part", tenant_id, tag, cursor, PEOPLE_A_PART, repeatable=True
            )
            yield list(codec.live_targets(tenant_id, entries, now, self._rules, tag))
            more = cursor != ""

    def _run(
        self,
        script: str,
        tenant_id: TenantId,
        *args: Arg,
        repeatable: bool = False,
        max_connections: int | None = None,
    ) -> Any:
        rules = self._rules
        spans = (
            rules.lease_ttl_s,
            rules.offline_grace_s,
            rules.coalesce_s,
            rules.registered_s,
            rules.young_s,
            rules.exp_grace_s,
        )
        keys = [self._keys.of(tenant_id, name) for name in _NAMES]
        most = rules.max_connections if max_connections is None else max_connections
        shared = [self._now(), *map(span_ms, spans), most]
        return self._client.run(script, keys, [*shared, *args], repeatable=repeatable)

    def _now(self) -> Arg:
        return to_ms(self._clock.now()) if self._clock else ""


def _tag(space_id: SpaceId | None) -> str:
    return "" if space_id is None else space_tag(space_id)
