"""The log of changed rooms: by it heartbeats notice what a lost push would have told (SPEC §5.4).

Whoever makes a change notes it, and `relay` notes it again from the stream: the one may be killed
before, the other may be late.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from parley import observability
from parley.domain.ids import (
    MANAGE_TENANT,
    RoomId,
    TenantId,
    UserId,
    concerns_manage,
    home_of,
    joined_id,
    left_id,
    newcomers_id,
)
from parley.domain.rooms import Room
from parley.errors import CacheUnavailable
from parley.ports import RoomCache

# A room, or a sign (`domain.ids.is_sign`), and the tenant in whose log it stands.
Entry = tuple[TenantId, RoomId]


def log(cache: RoomCache, entries: Iterable[Entry]) -> None:
    """Log that these changed now; one round trip for each tenant.

    Rooms with people of manage scope are logged for that scope, too.
    """
    by_tenant: defaultdict[TenantId, set[RoomId]] = defaultdict(set)
    for tenant_id, room_id in entries:
        by_tenant[tenant_id].add(room_id)
        if concerns_manage(room_id):
            by_tenant[MANAGE_TENANT].add(room_id)
    for tenant_id, room_ids in by_tenant.items():
        cache.log_changes(tenant_id, sorted(room_ids))


def note(
    cache: RoomCache,
    room: Room,
    joined: Collection[UserId] = (),
    left: Collection[UserId] = (),
) -> None:
    """Log a change of a room, if the cache answers, and who is in it or out of it by that."""
    entries = [
        (room.tenant_id, room.room_id),
        *((home_of(room.tenant_id, user_id), joined_id(user_id)) for user_id in joined),
        *((home_of(room.tenant_id, user_id), left_id(user_id)) for user_id in left),
    ]
    _try_to_log(cache, entries)


def note_made(cache: RoomCache, room: Room, members: Collection[UserId]) -> None:
    """Log that a room is new; an open one to all who may see it."""
    if room.is_open:
        sign = newcomers_id(room.space_id)
        _try_to_log(cache, [(room.tenant_id, room.room_id), (room.tenant_id, sign)])
    else:
        note(cache, room, joined=members)


def _try_to_log(cache: RoomCache, entries: Iterable[Entry]) -> None:
    try:
        log(cache, entries)
    except CacheUnavailable as exc:
        observability.warning("cache_unavailable", cause=str(exc))
