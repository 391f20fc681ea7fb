"""Changes of a room in DynamoDB: each is one transaction upon the room's ``rev`` before it."""

import secrets
from collections.abc import Iterator, Sequence

from parley.adapters.dynamodb import actions, ends, items, layout
from parley.adapters.dynamodb.actions import Action
from parley.adapters.dynamodb.errors import StoreContended, StoreUnanswered, TransactionCanceled
from parley.adapters.dynamodb.items import Item, Values
from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import Table, Update
from parley.adapters.joining import added_members
from parley.domain.ids import RoomId, TenantId, UserId, new_message_id
from parley.domain.messages import Message, message_from
from parley.domain.revisions import LoggedRevision, Revision
from parley.errors import StoreUnavailable
from parley.ports import Contended, Outdated, Revised, Unknown

MAX_LOG_READS = 4


def revise(table: Table, revision: Revision) -> Revised | Outdated | Contended | Unknown:
    """Store one change of a room with its entry in the log, all of it or nothing.

    One TransactWriteItems: two writes, one for the message changed, two for the announcement and
    its sender's cursor, two for each member concerned. As with `append`, its ClientRequestToken is
    fresh. Raises `StoreUnavailable` when no connection could be made.
    """
    announcement = _announcement(revision)
    try:
        table.transact_once(list(_actions(revision, announcement)), token=secrets.token_hex(16))
    except TransactionCanceled:
        return Outdated()
    except StoreContended:
        return Contended()
    except StoreUnanswered:
        return Unknown()
    return Revised(announcement)


def logged(
    table: Table, tenant_id: TenantId, room_id: RoomId, after: int, limit: int
) -> list[LoggedRevision]:
    """Return the log's entries with ``after < rev``, ascending and without a hole.

    A Query can miss an entry that is committed while it runs and still see a later one, as in
    `DynamoMessageStore.page`. Entries of messages that are gone are gone, too: what a second Query
    misses below a ``rev`` that the first one saw is, if messages of this room expire at all.
    """
    low, high = layout.revision_sort_key(after + 1), layout.revision_sort_key(layout.MAX_SEQ)
    seen = after
    for reads in range(MAX_LOG_READS):
        found = table.query(layout.room_partition(tenant_id, room_id), low, high, limit=limit)
        entries = [items.revision_of(item) for item in found]
        if _has_no_hole(entries, after):
            return entries
        if reads == 1 and ends.ends(table, tenant_id, [room_id]):
            return _up_to_a_hole(entries, seen)
        seen = entries[-1].rev
    raise StoreUnavailable("a room's log of changes has a hole")


def _has_no_hole(entries: Sequence[LoggedRevision], after: int) -> bool:
    return [entry.rev for entry in entries] == list(range(after + 1, after + 1 + len(entries)))


def _up_to_a_hole(entries: Sequence[LoggedRevision], seen: int) -> list[LoggedRevision]:
    """Return the entries but for those behind a hole above what an earlier Query saw."""
    kept: list[LoggedRevision] = []
    for entry in entries:
        if entry.rev > max(seen, kept[-1].rev if kept else 0) + 1:
            break
        kept.append(entry)
    return kept


def _announcement(revision: Revision) -> Message | None:
    draft, seq = revision.announcement, revision.end_after
    return None if draft is None else message_from(draft, new_message_id(seq), seq)


def _actions(revision: Revision, announcement: Message | None) -> Iterator[Action]:
    room, message = revision.room, revision.message
    tenant_id, room_id = room.tenant_id, room.room_id
    yield {"Update": _room_update(revision).request()}
    yield actions.put(
        layout.revision_key(tenant_id, room_id, room.rev),
        items.revision_item(revision, announcement),
    )
    if message is not None:
        yield _message_put(tenant_id, message, revision.message_was)
    if announcement is not None:
        key = layout.message_key(tenant_id, room_id, announcement.seq)
        yield actions.put_new(key, items.message_item(announcement))
        if announcement.kept_days:
            yield ends.action(tenant_id, room_id, announcement.seq)
    yield from _member_actions(revision)


def _room_update(revision: Revision) -> Update:
    """Make the room what the change makes it.

    The number of people who saw an open room is raised at any moment, so it is left alone here.
    """
    room = revision.room
    sets: Item = {"rev": {"N": str(room.rev)}}
    if room.name is not None:
        sets["name"] = {"S": room.name}
    if not room.is_open:
        sets["memberCount"] = {"N": str(room.member_count)}
    removes = " REMOVE #name" if room.name is None else ""
    condition, values = _upon(room.rev - 1)
    return Update(
        layout.room_key(room.tenant_id, room.room_id),
        "SET " + ", ".join(f"#{name} = :{name}" for name in sets) + removes,
        {f"#{name}": name for name in (*sets, "name")},
        {**{f":{name}": value for name, value in sets.items()}, **values},
        condition,
    )


def _message_put(tenant_id: TenantId, message: Message, was: int) -> Action:
    action = actions.put(
        layout.message_key(tenant_id, message.room_id, message.seq), items.message_item(message)
    )
    condition, values = _upon(was)
    action["Put"] |= {
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#rev": "rev"},
    }
    if values:
        action["Put"]["ExpressionAttributeValues"] = values
    return action


def _upon(rev: int) -> tuple[str, Values]:
    """Return the condition that an item is there and has this ``rev``, which is left out at 0."""
    if rev == 0:
        return f"{actions.PRESENT} AND attribute_not_exists(#rev)", {}
    return "#rev = :was", {":was": {"N": str(rev)}}


def _member_actions(revision: Revision) -> Iterator[Action]:
    tenant_id, room_id = revision.room.tenant_id, revision.room.room_id
    for membership in added_members(revision):
        yield actions.member_put(membership, new=True)
        # Whatever a half-done creation left on the user's side ends here.
        yield actions.put(*actions.user_side(membership))
    for user_id, role in revision.roles.items():
        key = layout.member_key(tenant_id, room_id, user_id)
        yield _update(key, {"role": {"S": role}})
    for user_id, attributes in _changed_sides(revision).items():
        yield _update(actions.user_side_key(tenant_id, room_id, user_id), attributes)
    yield from actions.deletions(tenant_id, room_id, revision.removed, actions.PRESENT)


def _changed_sides(revision: Revision) -> dict[UserId, Item]:
    """Return what changes on the user's side of members who stay; one write for each of them.

    A transaction must not name an item twice, and who speaks may get a role at once. The cursor
    moves without a condition on what is there: nothing in the room is behind its new end.
    """
    sides: dict[UserId, Item] = {u: {"role": {"S": role}} for u, role in revision.roles.items()}
    if revision.speaker is not None:
        end = {"N": str(revision.end_after)}
        cursor = {"deliveredSeq": end, "readSeq": end}
        sides[revision.speaker] = sides.get(revision.speaker, {}) | cursor
    return sides


def _update(key: Key, attributes: Item) -> Action:
    update = Update(
        key,
        "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
        {f"#{name}": name for name in attributes},
        {f":{name}": value for name, value in attributes.items()},
        actions.PRESENT,
    )
    return {"Update": update.request()}
