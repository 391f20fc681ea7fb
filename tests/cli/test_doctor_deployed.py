"""`parley doctor` against stacks in an emulator: well ones, and each thing that can be wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.cloud import ABSENT, Cloud, log
from tests.cli.conftest import Doctor
from tests.cli.running import Ran
from tests.contract.token_issuer import RSA_KEY, public_jwk, serving


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
    log(cloud, name, {"function_name": f"{name}-HttpFunction", **line})
    found = at(name, "doctor", "--json").json(code=int(status == "fail"))["checks"]
    logs = next(each for each in found if each["name"] == "logs")
    assert logs["status"] == status
    assert logs["says"].startswith(f"{name}-HttpFunction says ")
    assert says in logs["says"]


def test_access_logs_without_a_role_are_named(cloud: Cloud, at: Callable[..., Ran]) -> None:
    found = at(cloud.deploy(AccessLogs="both"), "doctor", "--json").json(code=1)["checks"]
    role = next(each for each in found if each["name"] == "log role")
    assert "ManageApiGatewayAccount=true" in role["todo"]
