"""Every write whose answer is lost: nothing is done twice, and the error tells the truth (SPEC §3).

`Unavailable` says that nothing was stored, `OutcomeUnknown` that nobody can tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from parley.adapters.dynamodb import table as tables
from parley.adapters.dynamodb.messages import DynamoMessageStore
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.adapters.dynamodb.tenants import DynamoSettingsStore
from parley.adapters.dynamodb.tickets import DynamoTicketStore
from parley.adapters.dynamodb.users import DynamoUserStore
from parley.domain.ids import RoomId, TenantId, UserId
from parley.domain.messages import Draft, MessageType
from parley.domain.people import Profile
from parley.domain.policies import TenantSettings
from parley.domain.revisions import Revision
from parley.domain.rooms import Cursor, MemberRole, Room, RoomType, Roster
from parley.errors import OutcomeUnknown, ParleyError, StoreUnavailable
from parley.ports import Contended, Repeated, Revised, Stored, Unknown
from tests.contract.dynamodb_fixtures import create_table
from tests.support.faults.botocore_hook import (
    CLOSED,
    THROTTLED,
    Answer,
    Faults,
    done_but,
    listening,
)
from tests.support.faults.dynamodb_rules import WRITES

NAME = "doubt"
ANN, BEN = UserId("ann"), UserId("ben")
ROOM = RoomId("g-room")
NOON = datetime(2026, 11, 20, 12, 0, 0, 123_000, UTC)
LOST = done_but(CLOSED)


@dataclass(frozen=True, slots=True)
class Scene:
    """A table with a room of two people, and all that writes to it."""

    table: Table
    tenant: TenantId
    faults: Faults

    @property
    def rooms(self) -> DynamoRoomStore:
        return DynamoRoomStore(self.table)

    @property
    def users(self) -> DynamoUserStore:
        return DynamoUserStore(self.table)

    @property
    def room(self) -> Room:
        return Room(ROOM, self.tenant, RoomType.GROUP, ANN, NOON, 2, "Team")

    @property
    def open_room(self) -> Room:
        return replace(self.room, room_id=RoomId("o-room"), type=RoomType.ORGANIZATION)

    def state(self) -> list[Any]:
        """Return everything that is stored for the tenant."""
        client: Any = self.table.client
        found = client.scan(TableName=NAME, ConsistentRead=True)["Items"]
        mine = [item for item in found if self.tenant in item["pk"]["S"] + item["sk"]["S"]]
        return sorted(mine, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


@pytest.fixture(scope="module")
def doubted(dynamodb: Table) -> Iterator[Table]:
    client: Any = dynamodb.client
    create_table(client, NAME)
    yield replace(dynamodb, name=NAME, sleep=lambda _: None)
    client.delete_table(TableName=NAME)


@pytest.fixture
def scene(doubted: Table, tenant: TenantId) -> Iterator[Scene]:
    faults = Faults(only=WRITES)
    made = Scene(doubted, tenant, faults)
    members = {ANN: MemberRole.OWNER, BEN: MemberRole.MEMBER}
    made.rooms.create(Roster(made.room, members))
    made.rooms.create(Roster(made.open_room, {ANN: MemberRole.OWNER}))
    made.users.remember(Profile(tenant, ANN, "Ann"))
    with listening(doubted, faults):
        yield made


def append(scene: Scene) -> object:
    draft = Draft(scene.tenant, ROOM, "c", ANN, "Ann", MessageType.TEXT, "hello", NOON)
    outcome = DynamoMessageStore(scene.table).append(draft, 1)
    if isinstance(outcome, Unknown):
        raise OutcomeUnknown
    if isinstance(outcome, Contended):
        raise StoreUnavailable("contended")
    assert isinstance(outcome, Stored | Repeated)
    return outcome.message


def revise(scene: Scene) -> object:
    outcome = scene.rooms.revise(Revision(replace(scene.room, rev=1, name="New")))
    if isinstance(outcome, Unknown):
        raise OutcomeUnknown
    if isinstance(outcome, Contended):
        raise StoreUnavailable("contended")
    # Found changed already, the change counts as made (`services.revisions`).
    return isinstance(outcome, Revised) or scene.rooms.room(scene.tenant, ROOM)


def create(scene: Scene) -> object:
    room = replace(scene.room, room_id=RoomId("g-other"))
    return scene.rooms.create(Roster(room, {ANN: MemberRole.OWNER, BEN: MemberRole.MEMBER}))


def create_large(scene: Scene) -> object:
    people = [ANN, *(UserId(f"u{number}") for number in range(60))]
    room = replace(scene.room, room_id=RoomId("g-large"), member_count=len(people))
    return scene.rooms.create(Roster(room, dict.fromkeys(people, MemberRole.MEMBER)))


def take(scene: Scene) -> object:
    return DynamoTicketStore(scene.table).take(f"{scene.tenant}-there", 1_000)


OPERATIONS: dict[str, Callable[[Scene], object]] = {
    "append": append,
    "revise": revise,
    "create": create,
    "create a large room": create_large,
    "join": lambda s: s.rooms.join(s.open_room, BEN, MemberRole.MEMBER, 0),
    "read": lambda s: s.rooms.move_cursor(s.tenant, ANN, ROOM, 0, 4)[1],
    "deliver": lambda s: s.rooms.move_cursor(s.tenant, ANN, ROOM, 4, 0)[1],
    "mute": lambda s: s.rooms.mute(s.tenant, ANN, ROOM, muted=True),
    "remember": lambda s: s.users.remember(Profile(s.tenant, BEN, "Ben", role="member")),
    "put a profile": lambda s: s.users.put(Profile(s.tenant, ANN, "Anna", email="a@b.example")),
    "hide reads": lambda s: s.users.hide_reads(s.tenant, ANN, hidden=True),
    "revoke": lambda s: s.users.revoke(s.tenant, ANN, 1_000),
    "put settings": lambda s: DynamoSettingsStore(s.table).put_tenant_settings(
        s.tenant, TenantSettings(body_max_chars=7)
    ),
    "put a ticket": lambda s: DynamoTicketStore(s.table).put(s.tenant, {"sub": "ann"}, 2_000),
}
every_operation = pytest.mark.parametrize("write", OPERATIONS.values(), ids=OPERATIONS)


@pytest.mark.scenario("D3")
@every_operation
def test_an_answer_that_is_lost_once_is_made_up_for(
    scene: Scene, write: Callable[[Scene], object]
) -> None:
    scene.faults.answers = [LOST]
    if write in (append, revise):
        # Sent by their services again, which know what else may have happened meanwhile.
        with pytest.raises(OutcomeUnknown):
            write(scene)
    else:
        write(scene)
    after = scene.state()
    assert scene.faults.answers == []
    again = write(scene)
    assert write(scene) == again
    assert _lasting(scene.state()) == _lasting(after), "it was done twice"


@pytest.mark.scenario("D3")
@pytest.mark.parametrize(
    "answers", [[LOST] * tables.TRIES, [LOST, THROTTLED, THROTTLED]], ids=["lost", "then throttled"]
)
@every_operation
def test_nobody_is_told_that_nothing_was_stored_of_what_may_be(
    scene: Scene, write: Callable[[Scene], object], answers: list[Answer]
) -> None:
    before = scene.state()
    scene.faults.answers = list(answers)
    with pytest.raises(OutcomeUnknown):
        write(scene)
    after = scene.state()
    assert after != before
    scene.faults.answers = []
    write(scene)
    if write is not create_large:
        assert _lasting(scene.state()) == _lasting(after), "it was done twice"


@pytest.mark.scenario("D1")
@every_operation
def test_what_is_throttled_for_too_long_is_unavailable_and_not_stored(
    scene: Scene, write: Callable[[Scene], object]
) -> None:
    before = scene.state()
    scene.faults.answers = [THROTTLED] * tables.TRIES
    with pytest.raises(StoreUnavailable):
        write(scene)
    assert len(scene.faults.answers) == (tables.TRIES - 1 if write in (append, revise) else 0)
    assert scene.state() == before


def _lasting(state: list[Any]) -> list[Any]:
    """Leave out how many saw an open room: it may be one off, and is only shown."""
    return [
        {name: value for name, value in item.items() if name != "memberCount"} for item in state
    ]


@pytest.mark.scenario("D3")
def test_a_ticket_whose_end_is_not_answered_is_neither_good_nor_bad(scene: Scene) -> None:
    DynamoTicketStore(scene.table).put(f"{scene.tenant}-there", {"sub": "ann"}, 2_000)
    scene.faults.answers = [LOST]
    with pytest.raises(OutcomeUnknown):
        take(scene)
    assert take(scene) is None


@pytest.mark.scenario("D3")
def test_a_cursor_that_moved_unanswered_is_told_as_it_is(scene: Scene) -> None:
    scene.faults.answers = [LOST]
    before, after = scene.rooms.move_cursor(scene.tenant, ANN, ROOM, 0, 4)
    assert (before, after) == (Cursor(4, 4), Cursor(4, 4))


@pytest.mark.scenario("D3")
def test_a_profile_that_was_stored_unanswered_and_cannot_be_read_is_in_doubt(scene: Scene) -> None:
    """The repeat finds its own version taken, and must not be told that nothing was stored."""
    scene.faults.only = frozenset()
    scene.users.remember(Profile(scene.tenant, BEN, "Ben"))
    scene.faults.requests.clear()
    scene.faults.answers = [None, LOST, None, *[THROTTLED] * tables.TRIES]
    with pytest.raises(ParleyError) as caught:
        DynamoUserStore(scene.table, {scene.tenant}).put(Profile(scene.tenant, BEN, "Benjamin"))
    assert isinstance(caught.value, OutcomeUnknown)
