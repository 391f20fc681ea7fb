"""The fan-out function: batches of which some records are poison, and records of older versions."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from parley.bootstrap import stream_changes
from parley.domain.ids import TenantId
from parley.services.relay import MessageCommitted, RoomChanged, RoomJoined
from tests.handlers.conftest import ROOT, invoke, sample
from tests.support.memory import World

SHARD = ["B0bPhfCWIAMCKlQ=", "B0bPhfCWIAMCKlZ=", "CaroLfCWIAMCKlQ="]


def recorded(part: str, name: str) -> list[Any]:
    """Return what a version of Parley put into a queue or the stream."""
    found: list[Any] = json.loads((ROOT / "tests" / "data" / part / f"{name}.json").read_text())
    return found


def batch(name: str, records: Sequence[object]) -> dict[str, Any]:
    """Return the event of a queue's function for these records."""
    template = sample(name)["Records"][0]
    bodies = (each if isinstance(each, str) else json.dumps(each) for each in records)
    return {
        "Records": [
            {**template, "messageId": f"m-{place}", "body": body}
            for place, body in enumerate(bodies)
        ]
    }


def failed(answer: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_a_batch_is_pushed_to_everybody_whom_it_names(world: World) -> None:
    assert invoke("fanout") == {"batchItemFailures": []}
    assert [to for to, _ in world.out.push.sent] == SHARD


def test_only_poisoned_records_go_back_to_the_queue(world: World) -> None:
    fine = recorded("part3", "fanout")[0]
    poison = ["not json", "{}", '{"v": 1, "kind": "shard"}', "[]", '{"v": 1, "kind": "room"}']
    answer = invoke("fanout", batch("fanout", [fine, *poison, fine]))
    assert failed(answer) == [f"m-{place}" for place in range(1, 6)]
    assert len(world.out.push.sent) == 2 * len(SHARD)


def test_a_batch_of_poison_alone_fails_record_by_record(world: World) -> None:
    assert failed(invoke("fanout", batch("fanout", ["", "{}"]))) == ["m-0", "m-1"]
    assert world.out.push.sent == []


# --- Older and newer versions --------------------------------------------------------------------


@pytest.mark.scenario("L8")
def test_records_of_older_fan_outs_are_carried_out(world: World) -> None:
    records = recorded("part3", "fanout")
    assert failed(invoke("fanout", batch("fanout", records))) == []
    assert [to for to, _ in world.out.push.sent] == SHARD
    events = [json.loads(frame) for _, frame in world.out.push.sent]
    assert {event["data"]["body"] for event in events} == {"Hello all"}


@pytest.mark.scenario("L8")
def test_records_of_older_flushes_are_carried_out(world: World) -> None:
    alice, bob = world.person("alice"), world.person("bob")
    message = world.do(alice, "message.send", toUserId="bob", clientId="c-1", body="Hello Bob")
    world.do(bob, "receipt.read", roomId=message["message"]["roomId"], seq=1)
    carol = world.person("carol")
    world.wait(10)
    world.forget_pushes()
    records = recorded("part2", "flush")
    assert {record["kind"] for record in records} == {"presence", "receipt", "revoked"}
    newer = {"kind": "carousel", "tenantId": "acme"}
    assert failed(invoke("flush", batch("flush", [newer, *records]))) == []
    assert len(world.events_of(alice, "receipt:update")) == 1
    assert world.out.push.closed == [carol.connection_id]


@pytest.mark.scenario("L8")
def test_stream_images_of_older_versions_are_relayed(world: World) -> None:
    records = recorded("part2", "stream")
    changes = stream_changes({"Records": records})
    kinds = Counter(type(change) for change in changes)
    written = Counter(record["dynamodb"]["Keys"]["sk"]["S"][:2] for record in records)
    assert kinds[MessageCommitted] == written["S#"]
    assert kinds[RoomJoined] == written["R#"]
    assert 0 < kinds[RoomChanged] <= written["ME"]
    assert invoke("relay", {"Records": records}) == {"batchItemFailures": []}
    heads = world.out.server.rooms[TenantId("acme")].heads.values()
    assert {head.last_message.body for head in heads if head.last_message} == {
        *("Hello Bob 🙂", "from above", "all", "us", "Alice removed carol")
    }


@pytest.mark.scenario("L8")
def test_an_image_of_a_newer_version_holds_up_no_other(world: World) -> None:
    records = recorded("part2", "stream")
    before = stream_changes({"Records": records})
    newer = json.loads(json.dumps(records[0]))
    newer["dynamodb"]["Keys"]["sk"]["S"] = "ZZ#new"
    newer["dynamodb"]["NewImage"]["sk"]["S"] = "ZZ#new"
    with_more = json.loads(json.dumps(records))
    for record in with_more:
        record["dynamodb"]["NewImage"]["carousel"] = {"M": {"a": {"BOOL": True}}}
    assert stream_changes({"Records": [newer, *with_more]}) == before
    assert invoke("relay", {"Records": [newer, *with_more]}) == {"batchItemFailures": []}
