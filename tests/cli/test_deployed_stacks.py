"""The command against stacks in an emulator of AWS, as against deployed ones."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from cli.stacks import find_stack
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.domain.ids import RoomId, TenantId, UserId, new_message_id
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from tests.cli.cloud import ABSENT, Cloud, log
from tests.cli.running import Ran, run

NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


# --- Tokens and messages ------------------------------------------------------------------------


def test_tokens_are_signed_with_the_secret_of_the_stack(
    cloud: Cloud, at: Callable[..., Ran]
) -> None:
    name = cloud.deploy(JwtIssuer="https://login.example", JwtAudience="parley")
    token = at(name, "token", "ann", "--tenant", "acme", "--expires-in", "90").out.strip()
    assert cloud.parley.get("/api/me", token)["userId"] == "ann"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"]) == ("https://login.example", "parley")
    assert claims["exp"] - claims["iat"] == 90


def test_a_message_is_sent_through_the_address_of_the_stack(
    cloud: Cloud, at: Callable[..., Ran]
) -> None:
    options = ("--to", "bob", "--as", "ann", "--tenant", "cloud", "hello")
    assert at(cloud.deploy(), "send", *options, "--json").json()["seq"] == 1


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"JwtSecretArn": ABSENT}, f"there is no secret {ABSENT}"),
        (
            {"JwtAlgorithm": "RS256", "JwksUrl": "https://login.example/keys"},
            "verifies RS256 tokens by the keys at https://login.example/keys: "
            "only your own login can sign them; pass --token",
        ),
        ({"JwtSecretArn": "", "IntrospectionUrl": "https://x.example"}, "only opaque tokens"),
    ],
)
def test_a_token_that_cannot_be_signed_is_refused_in_one_line(
    cloud: Cloud, at: Callable[..., Ran], parameters: dict[str, Any], said: str
) -> None:
    ran = at(cloud.deploy(**parameters), "token", "ann", "--tenant", "acme")
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "ann", "--tenant", "acme"),
        ("send", "--to", "bob", "--as", "ann", "--tenant", "acme", "hi"),
        ("where", str(new_message_id(1))),
        ("redrive", "flush"),
        ("restore", "table"),
    ],
)
def test_a_stack_that_is_not_there_is_named_by_every_command(
    at: Callable[..., Ran], arguments: tuple[str, ...]
) -> None:
    ran = at("nowhere", *arguments)
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        "parley: there is no stack nowhere in us-east-1: say --stack and --region, "
        "or deploy one with `make deploy`\n"
    )
    said = at("nowhere", *arguments, "--json")
    assert json.loads(said.out) == {"error": ran.err.strip()[len("parley: ") :], "exitCode": 3}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        (NO_CREDENTIALS, "no AWS credentials can be used: set AWS_PROFILE"),
        ({**NO_CREDENTIALS, "AWS_PROFILE": "nobody"}, "nobody"),
        ({**NO_CREDENTIALS, "AWS_DEFAULT_REGION": ""}, "no AWS region is set: say --region"),
    ],
)
def test_missing_credentials_and_region_are_named(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    ran = run("token", "ann", "--tenant", "acme", environment=environment)
    assert ran.code == 3
    assert said in ran.err
    assert ran.err.count("\n") == 1
    found = run("doctor", "--json", environment=environment).json(code=1)["checks"]
    assert [each["status"] for each in found] == ["fail"]
    assert said in found[0]["says"]


# --- Where --------------------------------------------------------------------------------------


def test_where_reads_the_log_group_of_the_stack(cloud: Cloud, at: Callable[..., Ran]) -> None:
    name = cloud.deploy()
    message_id, room_id = str(new_message_id(1)), "g-01"
    _make_room(cloud, name, room_id, "ann", "bob", "carol")
    ids = {"tenant_id": "acme", "room_id": room_id, "message_id": message_id, "seq": 1}
    outcomes = {"bob": {"b=": "throttled"}}
    log(
        cloud,
        name,
        {"message": "message_stored", **ids, "user_id": "ann", "connection_id": "a="},
        {"message": "message_pushed", **ids, "event": "message:new", "outcomes": outcomes},
        {"message": "message_stored", **ids, "message_id": str(new_message_id(1))},
        {
            "message": "message_recovered",
            "by": "sync",
            "user_id": "bob",
            "connection_id": "b=",
            "rooms": {room_id: [1, 1]},
        },
        {
            "message": "message_recovered",
            "by": "sync",
            "user_id": "carol",
            "rooms": {"g-2": [1, 1]},
        },
    )
    answer = at(name, "where", message_id, "--json").json()
    states = {each["userId"]: each["state"] for each in answer["recipients"]}
    assert states == {"ann": "sender", "bob": "recovered", "carol": "offline"}
    ran = at(name, "where", message_id, "--room", "g-2")
    assert (ran.code, ran.err) == (
        1,
        f"parley: message {message_id} is in room {room_id}, not there\n",
    )


def table_of(cloud: Cloud, name: str) -> str:
    return find_stack(cloud.aws, name).resource("Table")


def _make_room(cloud: Cloud, name: str, room_id: str, *members: str) -> None:
    table = table_of(cloud, name)
    room = Room(
        room_id=RoomId(room_id),
        tenant_id=TenantId("acme"),
        type=RoomType.GROUP,
        created_by=UserId(members[0]),
        created_at=datetime.now(UTC),
        member_count=len(members),
    )
    roster = Roster(room, {UserId(member): MemberRole.MEMBER for member in members})
    DynamoRoomStore(Table(cloud.aws.client("dynamodb"), table)).create(roster)


# --- Restore ------------------------------------------------------------------------------------


def test_a_restored_table_is_copied_back(cloud: Cloud, at: Callable[..., Ran]) -> None:
    name, backup = cloud.deploy(), cloud.deploy()
    source = table_of(cloud, backup)
    _make_room(cloud, backup, "g-backup", "ann", "bob")
    _make_room(cloud, name, "g-live", "ann")
    told = at(name, "restore", source)
    assert told.code == 0
    assert told.out.splitlines()[1:] == [
        "5 missing ones would be put back.",
        "Nothing was written: say --apply.",
    ]
    applied = at(name, "restore", source, "--apply", "--json").json()
    assert (applied["applied"], applied["missing"]) == (True, 5)
    again = at(name, "restore", source, "--exactly", "--json").json()
    assert (again["missing"], again["changed"], again["deleted"]) == (0, 0, 3)
    ran = at(name, "restore", table_of(cloud, name))
    assert ran.code == 2
    assert "is the live table" in ran.err
    ran = at(name, "restore", "nothing")
    assert (ran.code, ran.err.count("\n")) == (3, 1)
    assert "ResourceNotFoundException" in ran.err
