"""Who of a tenant may be pushed to, as the memory adapters know them."""

from collections.abc import Collection, Iterable, Iterator

from parley.adapters.memory.server import Entry, PresenceState
from parley.adapters.millis import span_ms
from parley.domain.ids import SpaceId, TenantId, UserId
from parley.domain.presence import PresenceRules, Target
from parley.ports import Audience


def live_targets(
    tenant_id: TenantId,
    state: PresenceState,
    users: Iterable[UserId],
    now: int,
    rules: PresenceRules,
    space_id: SpaceId | None = None,
) -> Iterator[Target]:
    """Yield the connections to push to: registered, whatever the lease, with a token that holds.

    With a space, only those whose token names it.
    """
    for user in users:
        for entry in state.conns.get(user, ()):
            is_live = entry.registered_until > now and not token_ended(entry, now, rules)
            if is_live and (space_id is None or space_id in entry.spaces):
                yield Target(tenant_id, user, entry.connection_id)


def audience(
    tenant_id: TenantId,
    state: PresenceState,
    users: Collection[UserId],
    now: int,
    rules: PresenceRules,
) -> Audience:
    """Return who may be told of changes of these users."""
    targets = tuple(live_targets(tenant_id, state, list(state.conns), now, rules))
    subscriptions = {
        target.connection_id: state.subscriptions[target.connection_id] & set(users)
        for target in targets
        if target.connection_id in state.subscriptions
    }
    return Audience(targets, subscriptions, count_online(state, now))


def count_online(state: PresenceState, now: int) -> int:
    """Return how many people have a lease that holds."""
    return sum(1 for lease_until in state.online.values() if lease_until > now)


def token_ended(entry: Entry, now: int, rules: PresenceRules) -> bool:
    """Tell whether a connection is served no more, as its token ended the grace ago."""
    return entry.expires_at * 1000 + span_ms(rules.exp_grace_s) < now
