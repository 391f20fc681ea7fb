"""A wrong parameter, or a wrong combination, ends in the change set, with a sentence."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.template.variants import EVERYTHING, EXTERNAL, VARIANTS
from tools.evaluate_template import refusals

INTROSPECTION = {
    name: value for name, value in EVERYTHING.items() if name.startswith("Introspection")
}
CERTIFICATE = EVERYTHING["RestCertificateArn"]
WRONG: list[tuple[str, Mapping[str, str]]] = [
    ("RedisMode external needs RedisSecretArn", {"RedisMode": "external"}),
    ("are for RedisMode external only", {"RedisSecretArn": EXTERNAL["RedisSecretArn"]}),
    ("are for RedisMode external only", {"RedisMode": "public", "RedisCluster": "true"}),
    ("are for RedisMode vpc only", {**EXTERNAL, "VpcEgress": "ipv6"}),
    ("must be two different zones", {"ZoneA": "eu-west-1a"}),
    ("must be two different zones", {"ZoneA": "eu-west-1a", "ZoneB": "eu-west-1a"}),
    ("need JwksUrl", {"JwtAlgorithm": "ES256"}),
    ("JwksUrl is not for JwtAlgorithm HS256", {"JwksUrl": "https://login.example.com/jwks"}),
    (
        "JwtSecretArn is for JwtAlgorithm HS256",
        {
            "JwtAlgorithm": "RS256",
            "JwksUrl": "https://login.example.com/jwks",
            "JwtSecretArn": EVERYTHING["JwtSecretArn"],
        },
    ),
    *(
        ("IntrospectionUrl, IntrospectionClientId and", {**INTROSPECTION, name: ""})
        for name in INTROSPECTION
    ),
    ("WebSocketDomainName and WebSocketCertificate", {"WebSocketDomainName": "chat.example.com"}),
    ("RestDomainName and RestCertificateArn go", {"RestCertificateArn": CERTIFICATE}),
    ("must differ", {**EVERYTHING, "RestDomainName": EVERYTHING["WebSocketDomainName"]}),
    ("HostedZoneId needs", {"HostedZoneId": EVERYTHING["HostedZoneId"]}),
    (
        "not both",
        {"AlarmEmail": "a@example.com", "AlarmTopicArn": "arn:aws:sns:x-1:111122223333:t"},
    ),
]
MISSPELT: Mapping[str, str] = {
    "RedisMode": "cluster",
    "RedisSecretArn": "rediss://:secret@cache.example.com:6379",
    "VpcCidr": "10.0.0.0/16",
    "ZoneA": "eu-west-1",
    "RedisMaxStorageGb": "0",
    "RedisMaxEcpuPerSecond": "999",
    "JwtSecretArn": "my-secret",
    "JwksUrl": "http://login.example.com/jwks",
    "AllowedOrigins": "https://app.example.com/",
    "TenantClaim": "",
    "TenantCookies": "a cookie",
    "StageName": "v1/x",
    "WebSocketDomainName": "https://chat.example.com",
    "RestCertificateArn": "arn:aws:iam::111122223333:server-certificate/x",
    "HostedZoneId": "example.com",
    "LogRetentionDays": "31",
    "AlarmEmail": "nobody",
    "AlarmTopicArn": "alarms",
    "DeploymentType": "Canary",
    "ReservedConcurrency": "-1",
    "RetentionDays": "3651",
    "RedisPrefixSuffix": "a b",
}


@pytest.mark.parametrize(("sentence", "parameters"), WRONG)
def test_what_does_not_go_together_is_refused_with_a_sentence(
    written: Any, sentence: str, parameters: Mapping[str, str]
) -> None:
    told = refusals(written, parameters)
    assert len(told) == 1
    assert sentence in told[0]


@pytest.mark.parametrize("name", MISSPELT)
def test_a_value_of_the_wrong_shape_is_refused_by_name(written: Any, name: str) -> None:
    assert any(name in told for told in refusals(written, {name: MISSPELT[name]}))


@pytest.mark.parametrize("name", VARIANTS)
def test_what_goes_together_is_accepted(written: Any, name: str) -> None:
    assert refusals(written, VARIANTS[name]) == []


@pytest.mark.parametrize(
    "parameters",
    [
        {"AllowedOrigins": "https://a.example,http://localhost:8080"},
        {"JwtAlgorithm": "EdDSA", "JwksUrl": "https://a.example.com:8443/realms/a/jwks?x=1"},
        {"TenantClaim": "https://example.com/claims/tenant"},
        {"VpcCidr": "192.168.4.0/22", "ZoneA": "us-gov-west-1a", "ZoneB": "us-gov-west-1b"},
        {"JwtSecretArn": "arn:aws-us-gov:secretsmanager:us-gov-west-1:111122223333:secret:a/b-C"},
    ],
)
def test_unusual_but_good_values_are_accepted(written: Any, parameters: Mapping[str, str]) -> None:
    assert refusals(written, parameters) == []


def test_every_assertion_is_tried(written: Any) -> None:
    told = {sentence for _, parameters in WRONG for sentence in refusals(written, parameters)}
    asserted = {
        assertion["AssertDescription"]
        for rule in written["Rules"].values()
        for assertion in rule["Assertions"]
    }
    assert told == asserted


@pytest.mark.parametrize(
    "cidr", ["10.87.1.0/22", "10.256.0.0/22", "172.32.0.0/22", "192.169.0.0/22", "10.0.0.4/22"]
)
def test_a_network_is_private_and_begins_where_one_can(written: Any, cidr: str) -> None:
    (told,) = refusals(written, {"VpcCidr": cidr})
    assert "VpcCidr" in told


def test_alone_a_deployment_needs_no_parameter(written: Any) -> None:
    assert refusals(written, {}) == []
