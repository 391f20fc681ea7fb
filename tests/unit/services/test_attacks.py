"""Nobody learns or changes anything of a room that they are not in (SPEC §1)."""

from typing import Any

import pytest

from parley.domain.rooms import Roster
from parley.protocol.commands import OPERATIONS
from tests.support.attacks import (
    ATTACKERS,
    ON_PEOPLE,
    ON_ROOMS,
    ON_ROOMS_QUIETLY,
    by_frames,
    scenes,
)
from tests.support.memory import World
from tests.support.scenes import Attacker, Json

# Every field that holds an id of somebody else's making or of ours; cursors have their own test.
ID_FIELDS = {
    "roomId",
    "messageId",
    "replyTo",
    "mentions",
    "toUserId",
    "userId",
    "userIds",
    "memberIds",
    "tenantId",
    "spaceId",
    "rooms",
}
SCENES = list(scenes())


@pytest.mark.scenario("A1", "A2", "A11", "P2")
@pytest.mark.covers(
    "A-7", "B-111", "B-112", "B-113", "B-117", "C-34", "C-75", "D-23", "D-65", "D-75", "D-82"
)
@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize(
    ("kind", "attacker"),
    [(kind, each) for _, kind, each in SCENES],
    ids=[name for name, _, _ in SCENES],
)
def test_a_room_one_is_not_in_answers_as_one_that_is_not_there(
    kind: str, attacker: Attacker, cold: bool
) -> None:
    told = by_frames(kind, attacker, cold=cold)
    assert told.tried >= len(ON_ROOMS)
    assert told.problems == []


def test_every_operation_is_tried_with_every_id_it_takes() -> None:
    tried: dict[str, set[str]] = {operation: set() for operation in OPERATIONS}
    for operation, data in (*ON_ROOMS, *ON_ROOMS_QUIETLY, *ON_PEOPLE):
        tried[operation] |= data.keys()
    for operation, model in OPERATIONS.items():
        taken = {field.alias for field in model.model_fields.values()} & ID_FIELDS
        missing = taken - tried[operation]
        # A command that is for tenants takes no tenant's id but in manage scope.
        assert missing <= {"tenantId"}, operation


@pytest.mark.parametrize("kind", ["group", "direct", "channel", "organization"])
def test_a_room_that_is_open_to_all_would_be_noticed(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Roster, "admits", lambda self, caller: True)
    told = by_frames(kind, ATTACKERS["stranger"], cold=False)
    assert len(told.problems) > 10


# --- Cursors ------------------------------------------------------------------------------------


def pages(world: World, asker: Any) -> dict[str, tuple[Json, str]]:
    """Return, for each listing of frames, its data and a cursor that leads on."""
    rooms = [world.group(asker) for _ in range(2)]
    for number in range(10):
        world.do(
            asker,
            "message.send",
            roomId=rooms[0],
            clientId=f"c-{number}",
            body="x" * 4_000,
        )
    for number in range(60):
        world.person(f"{number:03}" + "é" * 100)
    data: dict[str, Json] = {
        "room.list": {"limit": 1},
        "sync.start": {"rooms": {rooms[0]: {"seq": 0, "rev": 0}}},
        "presence.list": {},
    }
    return {name: (each, world.do(asker, name, **each)["cursor"]) for name, each in data.items()}


@pytest.mark.scenario("A13")
@pytest.mark.covers("A-7", "B-117")
def test_a_cursor_is_good_for_who_got_it_in_the_listing_that_gave_it() -> None:
    limits: Any = {"messages_per_10s": 1_000}
    world = World(**limits)
    ann = world.person("ann")
    listings = pages(world, ann)
    others = [
        world.person("ann", "globex"),
        world.person("mal", "globex"),
        world.person("ben"),
        world.person("mal", "globex", manages=True),
    ]
    for name, (data, cursor) in listings.items():
        assert cursor is not None, name
        for other in others:
            nonsense = world.ask(other, name, **data, cursor="nonsense")
            answer = world.ask(other, name, **data, cursor=cursor)
            assert answer["error"] == "VALIDATION_ERROR"
            assert {**answer, "correlationId": ""} == {**nonsense, "correlationId": ""}
        for elsewhere, (its_data, _) in listings.items():
            if elsewhere != name:
                assert world.refused(ann, elsewhere, **its_data, cursor=cursor)
        changed = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
        assert world.refused(ann, name, **data, cursor=changed) == "VALIDATION_ERROR"
        world.do(ann, name, **data, cursor=cursor)
