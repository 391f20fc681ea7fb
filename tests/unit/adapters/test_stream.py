"""Records of the table's stream: those that `relay` needs, and none that could hold it up."""

from typing import Any

from parley.adapters.dynamodb.stream import changes_of
from parley.domain.ids import RoomId, SpaceId, TenantId, UserId, newcomers_id
from parley.services.relay import MessageCommitted, RoomChanged, RoomJoined, RoomLeft


def record(pk: str, sk: str, name: str = "INSERT", **attributes: Any) -> dict[str, Any]:
    keys = {"pk": {"S": pk}, "sk": {"S": sk}}
    image = {} if name == "REMOVE" else {"NewImage": {**keys, **attributes}}
    return {"eventID": "e", "eventName": name, "dynamodb": {"Keys": keys, **image}}


def message(seq: int) -> dict[str, Any]:
    texts = {"messageId": "m", "clientId": "c", "senderId": "ann", "senderName": "Ann"}
    texts |= {"type": "text", "createdAt": "2026-01-01T00:00:00+00:00"}
    stored = record("T#a%23b#R#r", f"S#{seq:016}")
    image = stored["dynamodb"]["NewImage"]
    image.update({name: {"S": text} for name, text in texts.items()})
    return stored


def test_messages_rooms_and_memberships_that_begin_or_end_are_changes() -> None:
    stored, joined, left, renamed = changes_of(
        {
            "Records": [
                message(7),
                record("T#a%23b#U#ann", "R#r"),
                record("T#a%23b#U#ann", "R#r", "REMOVE"),
                record("T#a%23b#R#r", "META", "MODIFY", rev={"N": "3"}),
            ]
        }
    )
    assert isinstance(stored, MessageCommitted)
    assert (stored.tenant_id, stored.message.seq) == ("a#b", 7)
    assert joined == RoomJoined(TenantId("a#b"), UserId("ann"), RoomId("r"))
    assert left == RoomLeft(TenantId("a#b"), UserId("ann"))
    assert renamed == RoomChanged(TenantId("a#b"), RoomId("r"), 3)


def test_what_concerns_nobody_is_left_out() -> None:
    records = [
        record("T#a#R#r", "M#ann"),
        record("T#a#R#r", "K#ann#c"),
        record("T#a#U#ann", "R#r", "MODIFY"),
        record("T#a#U#ann", "PROFILE"),
        record("T#a", "TENANT"),
        record("T#a#R#r", "M#ann", "REMOVE"),
        record("T#a#R#r", "S#0000000000000001", "REMOVE"),
    ]
    assert changes_of({"Records": records}) == []


def test_a_message_that_is_only_told_when_to_go_is_no_change() -> None:
    for rev in ({}, {"rev": {"N": "3"}}):
        limited, edited = message(7), message(7)
        for stored in (limited, edited):
            stored["eventName"] = "MODIFY"
            stored["dynamodb"]["OldImage"] = {**stored["dynamodb"]["NewImage"], **rev}
            stored["dynamodb"]["NewImage"].update({"ttl": {"N": "1"}, **rev})
        edited["dynamodb"]["NewImage"]["rev"] = {"N": "4"}
        assert changes_of({"Records": [limited]}) == []
        [change] = changes_of({"Records": [edited]})
        assert isinstance(change, MessageCommitted)


def test_a_record_that_cannot_be_read_holds_up_no_other() -> None:
    broken = message(1)
    del broken["dynamodb"]["NewImage"]["senderId"]
    newer = message(2)
    newer["dynamodb"]["NewImage"]["type"] = {"S": "hologram"}
    (kept,) = changes_of({"Records": [broken, newer, {"eventName": "INSERT"}, message(3)]})
    assert isinstance(kept, MessageCommitted)
    assert kept.message.seq == 3


def test_a_new_open_room_is_for_the_people_of_its_space() -> None:
    north, whole, group = changes_of(
        {
            "Records": [
                record("T#a#R#c", "META", type={"S": "channel"}, spaceId={"S": "north"}),
                record("T#a#R#o", "META", type={"S": "organization"}),
                record("T#a#R#g", "META", type={"S": "group"}),
            ]
        }
    )
    tenant = TenantId("a")
    assert north == RoomChanged(tenant, RoomId("c"), 0, newcomers_id(SpaceId("north")))
    assert whole == RoomChanged(tenant, RoomId("o"), 0, newcomers_id(None))
    assert group == RoomChanged(tenant, RoomId("g"), 0)


def test_an_open_room_that_is_written_again_is_not_new() -> None:
    def written(before: int, after: int) -> dict[str, Any]:
        number = {"rev": {"N": str(after)}} if after else {}
        stored = record("T#a#R#c", "META", "MODIFY", type={"S": "channel"}, **number)
        stored["dynamodb"]["OldImage"] = {"rev": {"N": str(before)}} if before else {}
        return stored

    records = [written(0, 0), written(2, 2), written(2, 3)]
    assert changes_of({"Records": records}) == [RoomChanged(TenantId("a"), RoomId("c"), 3)]
