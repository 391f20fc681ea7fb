"""Making a room in DynamoDB, so that it is whole for whoever sees it.

A room that one transaction holds needs no more. A larger one is made in steps, and the room itself
last: whoever begins claims the room for its list of members. A claim for another list ends the
older one, and takes out whom that had let in, so that nobody gets into a room by a half-done
creation. Under the same list all may go on together: each step is the same for all of them.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from parley.adapters.dynamodb import actions, items, layout
from parley.adapters.dynamodb.actions import Action
from parley.adapters.dynamodb.errors import StoreContended, TransactionCanceled
from parley.adapters.dynamodb.table import Table, Update, attributes_of, in_chunks
from parley.adapters.joining import first_members
from parley.domain.ids import RoomId, TenantId
from parley.domain.rooms import Membership, Room, RoomType, Roster

MAX_ACTIONS = 100
# Two actions each, beside those on the room, on the claim, and on the index of open rooms.
MAX_MEMBERS = (MAX_ACTIONS - 3) // 2


@dataclass(frozen=True, slots=True)
class Creation:
    """The creation of one room."""

    table: Table
    roster: Roster

    @property
    def _place(self) -> tuple[TenantId, RoomId]:
        return self.roster.room.tenant_id, self.roster.room.room_id

    def carry_out(self) -> Room:
        """Store the room and its members, or return the room that has this id already."""
        chunks = list(in_chunks(list(first_members(self.roster)), MAX_MEMBERS)) or [[]]
        try:
            if len(chunks) > 1 or not self._at_once(chunks[0]):
                self._in_steps(chunks)
        except TransactionCanceled as canceled:
            return self._overtaken(canceled)
        return self.roster.room

    def _at_once(self, members: Sequence[Membership]) -> bool:
        """Store all of it, unless somebody claimed the room for a longer list."""
        unclaimed = actions.check_absent(layout.claim_key(*self._place))
        try:
            self.table.transact([self._put_room(), unclaimed, *self._index(), *_entries(members)])
        except TransactionCanceled as canceled:
            room, claim = canceled.reasons[:2]
            if room.failed or not claim.failed:
                raise
            return False
        return True

    def _in_steps(self, chunks: Sequence[Sequence[Membership]]) -> None:
        token = self._claim()
        no_room = actions.check_absent(layout.room_key(*self._place))
        mine = {"ConditionCheck": self._if_claimed(token)}
        for deletions in self._strangers():
            self.table.transact([no_room, mine, *deletions])
        for members in chunks[:-1]:
            self.table.transact([no_room, mine, *_entries(members)])
        release = {"Delete": self._if_claimed(token)}
        self.table.transact([self._put_room(), release, *self._index(), *_entries(chunks[-1])])

    def _claim(self) -> str:
        """Claim the room for the list, and return the token of the claim.

        A new claim has a new token, also for a list that had one before: whoever works on the old
        one must not go on after somebody else took out members of it.
        """
        token, digest = secrets.token_hex(16), _digest(self.roster)
        claim = actions.put(
            layout.claim_key(*self._place), {"token": {"S": token}, "list": {"S": digest}}
        )
        claim["Put"] |= {
            "ConditionExpression": f"{actions.ABSENT} OR #list <> :list",
            "ExpressionAttributeNames": {"#list": "list"},
            "ExpressionAttributeValues": {":list": {"S": digest}},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            self.table.transact([actions.check_absent(layout.room_key(*self._place)), claim])
        except TransactionCanceled as canceled:
            room, present = canceled.reasons
            if room.failed or present.item is None:
                raise
            return str(present.item["token"]["S"])
        return token

    def _strangers(self) -> Iterator[list[Action]]:
        tenant_id, room_id = self._place
        partition = layout.room_partition(tenant_id, room_id)
        found = self.table.query_prefix(partition, layout.MEMBERS)
        stored = [items.member_of(item).user_id for item in found]
        strangers = [user_id for user_id in stored if user_id not in self.roster.members]
        for chunk in in_chunks(strangers, MAX_MEMBERS):
            yield list(actions.deletions(tenant_id, room_id, chunk))

    def _overtaken(self, canceled: TransactionCanceled) -> Room:
        present = canceled.reasons[0].item
        if present is None:
            raise StoreContended("the room is made with other members") from canceled
        return items.room_of(present, *self._place)

    def _put_room(self) -> Action:
        room = self.roster.room
        return actions.put_new(layout.room_key(*self._place), items.room_item(room))

    def _index(self) -> Iterator[Action]:
        room = self.roster.room
        if room.type is RoomType.ORGANIZATION:
            yield actions.put(layout.organization_key(*self._place), {})
        if room.type is RoomType.CHANNEL and room.space_id is not None:
            key = layout.channel_key(room.tenant_id, room.space_id, room.room_id)
            yield actions.put(key, {})

    def _if_claimed(self, token: str) -> dict[str, Any]:
        return {
            "Key": attributes_of(layout.claim_key(*self._place)),
            "ConditionExpression": "#token = :token",
            "ExpressionAttributeNames": {"#token": "token"},
            "ExpressionAttributeValues": {":token": {"S": token}},
        }


def _entries(memberships: Sequence[Membership]) -> Iterator[Action]:
    for membership in memberships:
        yield actions.member_put(membership, new=False)
        key, attributes = actions.user_side(membership)
        # An Update and not a Put: it must not take back a cursor that is there already.
        update = Update(
            key,
            "SET " + ", ".join(f"#{name} = :{name}" for name in attributes),
            {f"#{name}": name for name in attributes},
            {f":{name}": value for name, value in attributes.items()},
        )
        yield {"Update": update.request()}


def _digest(roster: Roster) -> str:
    listed = json.dumps(sorted(roster.members.items()))
    return hashlib.sha256(listed.encode()).hexdigest()
