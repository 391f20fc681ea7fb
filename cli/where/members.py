"""What the table says: who is in a room, how far each has read, and who sent a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from cli.errors import CliError
from cli.output import Output
from cli.target import Target
from cli.where.lines import Place
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Message
from parley.domain.rooms import Cursor
from parley.errors import ParleyError

PAGE = 100

T = TypeVar("T")


class Members:
    """Reads the table of a deployment; raises `CliError` where it cannot be read."""

    def __init__(self, target: Target) -> None:
        """Read nothing yet."""
        table = Table(target.aws.client("dynamodb"), target.stack.resource("Table"))
        self._rooms = DynamoRoomStore(table)
        self._messages = DynamoMessageStore(table)

    def message(self, place: Place) -> Message | None:
        """Return the message that is there; one request."""
        tenant_id, room_id = TenantId(place.tenant_id), RoomId(place.room_id)
        return _asked(lambda: self._messages.get(tenant_id, room_id, place.seq))

    def cursors(self, place: Place, output: Output) -> dict[str, Cursor]:
        """Return how far each member of the room has read; two requests for 100 of them.

        Of an open room: those who have seen it.
        """
        tenant_id, room_id = TenantId(place.tenant_id), RoomId(place.room_id)
        room = _asked(lambda: self._rooms.room(tenant_id, room_id))
        found: dict[str, Cursor] = {}
        total = None if room is None else room.member_count
        with output.progress("Reading the members' cursors", total) as step:
            for page in self._pages(tenant_id, room_id):
                found |= self._cursors_of(tenant_id, room_id, page)
                step(len(page))
        return found

    def _cursors_of(
        self, tenant_id: TenantId, room_id: RoomId, page: list[UserId]
    ) -> dict[str, Cursor]:
        known = _asked(lambda: self._rooms.cursors(tenant_id, room_id, page))
        return {user_id: known.get(user_id, Cursor()) for user_id in page}

    def _pages(self, tenant_id: TenantId, room_id: RoomId) -> Iterator[list[UserId]]:
        last: UserId | None = None
        while True:
            after = last
            page = _asked(lambda: self._rooms.member_page(tenant_id, room_id, after, PAGE))  # noqa: B023 - called at once
            yield [member.user_id for member in page]
            if len(page) < PAGE:
                return
            last = page[-1].user_id


def _asked(read: Callable[[], T]) -> T:
    try:
        return read()
    except ParleyError as exc:
        raise CliError(
            f"the table cannot be read ({exc}): it takes dynamodb:GetItem, BatchGetItem and Query"
        ) from exc
