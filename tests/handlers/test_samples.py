"""Each sample event through its function, and what comes of it."""

import json
from typing import Any

import pytest
import yaml

from parley.domain.ids import ConnectionId, RoomId, TenantId, UserId
from parley.domain.people import Connection
from parley.edge import connection_of
from tests.handlers.conftest import ROOT, invoke, sample
from tests.support.memory import World

ACME = TenantId("acme")


def alice(world: World) -> Connection:
    """Return the connection of the sample events, registered."""
    connection = connection_of(sample("message"))
    world.app.presence.connected(connection)
    return connection


def test_every_function_has_a_sample_event() -> None:
    class Loader(yaml.SafeLoader):
        """Reads CloudFormation's short forms as what they hold."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    with (ROOT / "template.yaml").open() as file:
        template = yaml.load(file, Loader)  # noqa: S506
    functions = {
        resource["Properties"]["CodeUri"].removeprefix("functions/")
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert {path.stem for path in (ROOT / "events").glob("*.json")} == functions


@pytest.mark.covers("A-15", "B-110", "D-10", "D-96")
def test_the_authorizer_lets_alice_in_with_her_identity_as_strings(world: World) -> None:
    policy = invoke("authorizer")
    assert policy["principalId"] == "alice"
    assert policy["policyDocument"]["Statement"] == [
        {
            "Action": "execute-api:Invoke",
            "Effect": "Allow",
            "Resource": sample("authorizer")["methodArn"],
        }
    ]
    assert policy["context"] == {
        "userId": "alice",
        "tenantId": "acme",
        "scope": "tenant",
        "role": "member",
        "name": "Alice",
        "exp": "1767232800",
        "iat": "1767225600",
    }


@pytest.mark.covers("C-5", "D-10")
def test_connect_registers_and_answers_the_subprotocol(world: World) -> None:
    answer = invoke("connect")
    assert answer == {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "parley.v1"}}
    assert [seen.user_id for seen in world.out.presence.online(ACME)] == ["alice"]
    assert world.out.users.profiles(ACME, [UserId("alice")])[UserId("alice")].name == "Alice"


def test_a_client_without_subprotocol_is_answered_none(world: World) -> None:
    event = sample("connect")
    del event["multiValueHeaders"]["Sec-WebSocket-Protocol"]
    assert invoke("connect", event) == {"statusCode": 200}


def test_a_frame_is_answered_with_the_reply_as_route_response(world: World) -> None:
    bob = world.person("bob")
    alice(world)
    answer = invoke("message")
    assert answer["statusCode"] == 200
    reply = json.loads(answer["body"])
    assert (reply["id"], reply["ok"], reply["data"]["message"]["body"]) == ("1", True, "Hello Bob")
    assert world.events_of(bob, "message:new") == [reply["data"]["message"]]


def test_a_heartbeat_is_answered_by_the_presence_function(world: World) -> None:
    alice(world)
    reply = json.loads(invoke("presence")["body"])
    assert (reply["id"], reply["ok"], reply["data"]["ttl"]) == ("2", True, 90)


def test_disconnect_removes_the_connection(world: World) -> None:
    alice(world)
    assert invoke("disconnect") == {"statusCode": 200}
    assert world.out.presence.online(ACME) == []


@pytest.mark.covers("A-76")
def test_a_ticket_is_issued_and_opens_a_connection_once(world: World) -> None:
    answer = invoke("http")
    assert answer["statusCode"] == 200
    body = json.loads(answer["body"])
    assert set(body) == {"ticket", "expiresAt"}
    assert body["expiresAt"] == "2026-01-01T00:01:00.000Z"
    event = sample("authorizer")
    event["multiValueQueryStringParameters"] = {"ticket": [body["ticket"]]}
    assert invoke("authorizer", event)["context"]["userId"] == "alice"
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        invoke("authorizer", event)


def test_the_stream_raises_heads_logs_rooms_and_knows_members(world: World) -> None:
    room_id = RoomId(sample("relay")["Records"][0]["dynamodb"]["NewImage"]["pk"]["S"][9:])
    bob = world.person("bob")
    world.do(bob, "presence.heartbeat")
    alice(world)
    invoke("message")
    assert invoke("relay") == {"batchItemFailures": []}
    assert invoke("relay") == {"batchItemFailures": []}
    assert world.out.cache.progress(ACME, room_id)[0] == 1
    changed = world.do(bob, "presence.heartbeat")["changed"]
    assert [room["roomId"] for room in changed] == [room_id]
    assert world.do(bob, "room.list")["rooms"][0]["me"]["unread"] == 1


def test_the_sweep_forgets_connections_that_were_not_heard(world: World) -> None:
    alice(world)
    bob = world.person("bob")
    world.settle()
    world.wait(85)
    world.do(bob, "presence.heartbeat")
    assert invoke("sweep") is None
    world.wait(5)
    assert invoke("sweep") is None
    world.wait(5)
    updates = world.events_of(bob, "presence:update")
    assert [update["users"][0]["status"] for update in updates] == ["offline"]


def test_a_batch_of_the_flush_queue_is_carried_out(world: World) -> None:
    connection = alice(world)
    bob = world.person("bob")
    world.settle()
    invoke("message")
    room_id = world.do(bob, "room.list")["rooms"][0]["roomId"]
    world.do(bob, "receipt.read", roomId=room_id, seq=1)
    world.app.presence.disconnected(bob)
    world.out.clock.advance(6)
    world.forget_pushes()
    assert invoke("flush") == {"batchItemFailures": []}
    names = {event["event"] for event in world.events_of(connection)}
    assert names == {"presence:update", "receipt:update"}


@pytest.mark.parametrize(
    "poison", ["not json", "{}", '{"kind": "presence"}', '{"kind":"receipt","tenantId":"acme"}']
)
def test_a_poisoned_record_alone_goes_back_to_the_queue(world: World, poison: str) -> None:
    event = sample("flush")
    event["Records"][0]["body"] = poison
    identifier = event["Records"][0]["messageId"]
    assert invoke("flush", event) == {"batchItemFailures": [{"itemIdentifier": identifier}]}


def test_all_samples_together_leave_one_message_in_order(world: World) -> None:
    names = ("connect", "message", "message", "presence", "relay", "flush", "sweep", "disconnect")
    answers: dict[str, Any] = {name: invoke(name) for name in names}
    assert json.loads(answers["message"]["body"])["data"]["duplicate"] is True
    bob = world.person("bob")
    room_id = world.do(bob, "room.list")["rooms"][0]["roomId"]
    history = world.do(bob, "message.history", roomId=room_id)["messages"]
    assert [message["seq"] for message in history] == [1]
    assert ConnectionId("BFHPhfCWIAMCKlQ=") == connection_of(sample("connect")).connection_id
