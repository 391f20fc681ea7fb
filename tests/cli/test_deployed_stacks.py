"""The command against stacks in an emulator of AWS, as against deployed ones."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from cli.aws import Aws
from cli.stacks import find_stack
from local.servers import emulator
from parley.adapters.dynamodb.rooms import DynamoRoomStore
from parley.adapters.dynamodb.table import Table
from parley.domain.ids import RoomId, TenantId, UserId, new_message_id
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from tests.cli.cloud import Cloud
from tests.cli.running import Ran, run
from tests.contract.token_issuer import RSA_KEY, public_jwk, serving
from tests.support.stack import Stack

ABSENT = "arn:aws:secretsmanager:us-east-1:000000000000:secret:absent-AbCdEf"
NO_CREDENTIALS = {
    "AWS_CONFIG_FILE": "/nonexistent",
    "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "eu-west-1",
}
Doctor = Callable[..., dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def cloud(stack: Stack) -> Iterator[Cloud]:
    with emulator() as endpoint_url:
        yield Cloud(Aws(endpoint_url=endpoint_url), stack)


@pytest.fixture
def at(cloud: Cloud) -> Callable[..., Ran]:
    """`parley … --endpoint-url`, for one stack."""

    def command(name: str, *arguments: str) -> Ran:
        where = ("--stack", name, "--endpoint-url", cloud.endpoint_url)
        return run(*arguments, *where)

    return command


@pytest.fixture
def doctor(cloud: Cloud, at: Callable[..., Ran]) -> Doctor:
    """Deploys a stack and returns doctor's findings by name."""

    def look(
        *options: str, protected: bool = True, code: int = 1, **parameters: str
    ) -> dict[str, list[dict[str, Any]]]:
        name = cloud.deploy(protected=protected, **parameters)
        found: dict[str, list[dict[str, Any]]] = {}
        for each in at(name, "doctor", *options, "--json").json(code)["checks"]:
            found.setdefault(each["name"], []).append(each)
        return found

    return look


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
    _log(
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
    ran = at(name, "where", message_id, "--since", "1s", "--room", "g-2")
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


def _log(cloud: Cloud, name: str, *lines: dict[str, Any]) -> None:
    group, now = f"/parley/{name}", time.time()
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3] + "+0000"
    cloud.aws.call("logs", "create_log_stream", logGroupName=group, logStreamName="s")
    cloud.aws.call(
        "logs",
        "put_log_events",
        logGroupName=group,
        logStreamName="s",
        logEvents=[
            {"timestamp": int(now * 1000), "message": json.dumps({**line, "timestamp": stamp})}
            for line in lines
        ],
    )


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


# --- Doctor -------------------------------------------------------------------------------------


def test_a_deployment_that_is_well_is_found_well(doctor: Doctor) -> None:
    found = doctor(code=0)
    failed = [each for several in found.values() for each in several if each["status"] == "fail"]
    assert failed == []
    well = {name for name, several in found.items() if several[0]["status"] == "ok"}
    assert well >= {
        "stack",
        "token secret",
        "rest",
        "redis",
        "clock",
        "websocket",
        "session",
        "table",
        "deletion protection",
        "dead letters",
        "alarms",
        "logs",
    }
    # The stack is no deployment of template.yaml, and the emulator knows no quotas.
    assert found["template"][0]["status"] == "warn"
    assert {each["status"] for each in found["quotas"]} == {"unknown"}
    for several in found.values():
        assert all(each["status"] == "ok" or each["todo"] for each in several)


def test_a_stack_that_is_not_there_is_doctors_only_finding(at: Callable[..., Ran]) -> None:
    found = at("nowhere", "doctor", "--json").json(code=1)["checks"]
    assert [(each["name"], each["status"]) for each in found] == [("stack", "fail")]
    assert "there is no stack nowhere" in found[0]["says"]


@pytest.mark.parametrize(
    ("secret", "says"),
    [("short", "the token secret has 5 bytes, and every token is refused"), (None, ABSENT)],
)
def test_a_token_secret_that_is_missing_or_short_is_named(
    cloud: Cloud, doctor: Doctor, secret: str | None, says: str
) -> None:
    arn = ABSENT if secret is None else cloud.secret(secret)
    found = doctor(JwtSecretArn=arn)["token secret"][0]
    assert found["status"] == "fail"
    assert says in found["says"]


def test_no_way_to_verify_a_token_is_named(doctor: Doctor) -> None:
    found = doctor(JwtSecretArn="")
    assert found["token secret"][0]["says"] == "no token can be verified: JwtSecretArn is empty"
    assert found["session"][0]["status"] == "unknown"


@pytest.mark.parametrize(
    ("secret", "status", "says"),
    [
        ("rediss://cache.example:6379", "ok", "holds a rediss:// URL"),
        ("redis://cache.example:6379", "warn", "without TLS"),
        ("cache.example", "fail", "holds no URL"),
        (None, "fail", "there is no secret"),
    ],
)
def test_the_secret_of_an_external_redis_is_judged(
    cloud: Cloud, doctor: Doctor, secret: str | None, status: str, says: str
) -> None:
    arn = ABSENT if secret is None else cloud.secret(secret)
    found = doctor(RedisSecretArn=arn, code=int(status == "fail"))["redis secret"][0]
    assert found["status"] == status
    assert says in found["says"]
    assert "cache.example" not in found["says"]


def test_a_missing_introspection_secret_is_named(doctor: Doctor) -> None:
    found = doctor(IntrospectionUrl="https://x.example", IntrospectionSecretArn=ABSENT)
    assert ABSENT in found["introspection secret"][0]["says"]


def test_a_wrong_issuer_and_audience_are_named_with_both_values(
    cloud: Cloud, doctor: Doctor
) -> None:
    token = cloud.parley.token("ann", tenantId="acme")
    found = doctor("--token", token, JwtIssuer="https://login.example", JwtAudience="parley")
    assert [each["says"] for each in found["token"]] == [
        "iss is None, and JwtIssuer is 'https://login.example'",
        "aud is None, and JwtAudience is 'parley'",
    ]


def test_a_key_set_is_fetched_and_its_keys_are_counted(doctor: Doctor) -> None:
    with serving() as server:
        server.publish(public_jwk(RSA_KEY, "one"), public_jwk(RSA_KEY, "two"))
        found = doctor(JwtAlgorithm="RS256", JwksUrl=server.url, code=0)
    assert found["key set"][0]["says"] == f"{server.url} has 2 usable keys for RS256"
    assert found["session"][0]["status"] == "unknown"
    found = doctor(JwtAlgorithm="RS256", JwksUrl="http://127.0.0.1:9/keys")
    assert found["key set"][0]["status"] == "fail"


def test_what_protects_the_table_and_is_missing_is_named(doctor: Doctor) -> None:
    found = doctor(protected=False, code=0)
    assert found["deletion protection"][0]["status"] == "warn"
    assert "ProtectData=true" in found["deletion protection"][0]["todo"]


def test_an_alarm_that_has_gone_off_is_named(cloud: Cloud, at: Callable[..., Ran]) -> None:
    name = cloud.deploy()
    cloud.aws.call(
        "cloudwatch",
        "set_alarm_state",
        AlarmName=f"{name}-fanout",
        StateValue="ALARM",
        StateReason="test",
    )
    ran = at(name, "doctor")
    assert ran.code == 1
    assert f"alarm {name}-fanout has gone off: A fan-out record failed five times." in ran.out


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        (
            {"message": "secret_unreadable", "cause": "secret x cannot be read"},
            "fail",
            "secret_unreadable: secret x cannot be read",
        ),
        ({"message": "setting_bad", "cause": "PARLEY_X is no setting"}, "fail", "PARLEY_X"),
        ({"message": "issuer_wrong"}, "warn", "issuer_wrong"),
        ({"message": "redis_unreachable", "address": "cache:6379"}, "fail", "cache:6379"),
    ],
)
def test_a_cause_that_a_function_names_is_told(
    cloud: Cloud, at: Callable[..., Ran], line: dict[str, Any], status: str, says: str
) -> None:
    name = cloud.deploy()
    _log(cloud, name, {"function_name": f"{name}-HttpFunction", **line})
    found = at(name, "doctor", "--json").json(code=int(status == "fail"))["checks"]
    logs = next(each for each in found if each["name"] == "logs")
    assert logs["status"] == status
    assert logs["says"].startswith(f"{name}-HttpFunction says ")
    assert says in logs["says"]


def test_access_logs_without_a_role_are_named(cloud: Cloud, at: Callable[..., Ran]) -> None:
    found = at(cloud.deploy(AccessLogs="both"), "doctor", "--json").json(code=1)["checks"]
    role = next(each for each in found if each["name"] == "log role")
    assert "ManageApiGatewayAccount=true" in role["todo"]
