"""Who may do what: every operation in every role, as docs/permissions.md says it (SPEC §1, §4)."""

from pathlib import Path

import pytest

from parley.protocol.commands import OPERATIONS
from tests.support.roles import (
    BYSTANDER,
    Cast,
    Data,
    of_message,
    of_nothing,
    of_room,
    of_user,
    tables,
)

ROOT = Path(__file__).parents[3]
TABLES = tables((ROOT / "docs" / "permissions.md").read_text(encoding="utf-8"))
ROOM_TABLES = ("Group", "Direct", "Channel", "Organization")
NO_ROOM = "No room"

ASKED: dict[tuple[str, str], Data] = {
    ("message.send", ""): of_room(clientId="c", body="x"),
    ("message.edit", "own"): of_message("own", body="x"),
    ("message.edit", "others"): of_message("others", body="x"),
    ("message.edit", "system"): of_message("system", body="x"),
    ("message.delete", "own"): of_message("own"),
    ("message.delete", "others"): of_message("others"),
    ("message.delete", "system"): of_message("system"),
    ("message.react", ""): of_message("others", emoji="👍", on=True),
    ("message.history", ""): of_room(),
    ("receipt.delivered", ""): of_room(seq=1),
    ("receipt.read", ""): of_room(seq=1),
    ("typing.start", ""): of_room(),
    ("typing.stop", ""): of_room(),
    ("room.get", ""): of_room(),
    ("room.update", ""): of_room(name="x"),
    ("room.leave", ""): of_room(),
    ("room.mute", ""): of_room(muted=True),
    ("room.addMember", "new"): of_user("newcomer"),
    ("room.addMember", "role"): of_user(BYSTANDER, role="owner"),
    ("room.addMember", "myself"): of_user(None, role="owner"),
    ("room.removeMember", "other"): of_user(BYSTANDER),
    ("room.removeMember", "owner"): of_user("owner"),
    ("room.removeMember", "myself"): of_user(None),
    ("message.send", "to a person"): of_nothing(toUserId="zoe", clientId="c", body="x"),
    ("message.send", "to a person of a tenant"): of_nothing(
        toUserId="zoe", tenantId="acme", clientId="c", body="x"
    ),
    ("room.create", "direct"): of_nothing(type="direct", memberIds=["zoe"]),
    ("room.create", "direct in a tenant"): of_nothing(
        type="direct", memberIds=["zoe"], tenantId="acme"
    ),
    ("room.create", "group"): of_nothing(type="group"),
    ("room.create", "group in a tenant"): of_nothing(type="group", tenantId="acme"),
    ("room.create", "channel"): of_nothing(type="channel", spaceId="north"),
    ("room.create", "organization"): of_nothing(type="organization"),
    ("room.list", ""): of_nothing(),
    ("presence.heartbeat", ""): of_nothing(),
    ("presence.list", ""): of_nothing(),
    ("presence.list", "people"): of_nothing(userIds=["zoe"]),
    ("presence.list", "people of a tenant"): of_nothing(userIds=["zoe"], tenantId="acme"),
    ("presence.subscribe", ""): of_nothing(userIds=["zoe"]),
    ("presence.subscribe", "people of a tenant"): of_nothing(userIds=["zoe"], tenantId="acme"),
    ("sync.start", ""): of_nothing(),
}


@pytest.mark.scenario("A3")
@pytest.mark.covers("A-7", "A-27", "B-112", "B-113", "C-34", "D-23", "D-75", "D-102", "D-82")
@pytest.mark.parametrize(
    ("title", "row"),
    [(title, row) for title in (*ROOM_TABLES, NO_ROOM) for row in TABLES[title].rows],
)
def test_each_role_may_do_what_is_written(title: str, row: tuple[str, str]) -> None:
    kind = title.lower() if title in ROOM_TABLES else "group"
    outcomes = {}
    cast = Cast(kind)
    for role in TABLES[title].rows[row]:
        outcomes[role] = cast.word_of(role, row[0], ASKED[row](cast, role))
        # What one did may change what the next may.
        cast = Cast(kind) if outcomes[role] == "ok" else cast
    assert outcomes == TABLES[title].rows[row]


@pytest.mark.parametrize("title", ROOM_TABLES)
def test_every_operation_on_a_room_is_written_down_for_each_kind(title: str) -> None:
    on_rooms = {name for name, model in OPERATIONS.items() if "room_id" in model.model_fields}
    assert TABLES[title].operations == on_rooms


def test_every_operation_without_a_room_is_written_down() -> None:
    elsewhere = {name for name, model in OPERATIONS.items() if "room_id" not in model.model_fields}
    assert TABLES[NO_ROOM].operations == elsewhere | {"message.send"}
