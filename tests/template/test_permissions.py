"""What would be deployed may do no more than it needs."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.template.conftest import Render

FUNCTION = "AWS::Lambda::Function"


def accepted_wildcards() -> dict[tuple[str, str], str]:
    with (Path(__file__).parent / "wildcards.tsv").open() as file:
        return {
            (row["where"], row["what"]): row["reason"]
            for row in csv.DictReader(file, dialect="excel-tab")
        }


def statements(render: Render) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, role in render.of_type("AWS::IAM::Role").items():
        for policy in role.get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield name, statement


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def text(expression: Any) -> str:
    """An expression as one text, as in ``${Table.Arn}``."""
    if isinstance(expression, str):
        return expression
    ((kind, argument),) = expression.items()
    if kind == "Fn::Sub":
        return str(argument if isinstance(argument, str) else argument[0])
    return "${" + ".".join(listed(argument)) + "}"


def wildcards(render: Render) -> Iterator[tuple[str, str]]:
    """Each star of each policy: the action, and what it is for."""
    for _, statement in statements(render):
        for action in listed(statement["Action"]):
            if "*" in action:
                yield action, statement["Effect"]
                continue
            for resource in map(text, listed(statement["Resource"])):
                if "*" in resource:
                    where = re.sub(r"^arn:aws:[\w-]+:[\w-]+:\d+:", "", resource)
                    yield action, where


def test_no_star_could_be_narrower(render: Render) -> None:
    assert set(wildcards(render)) <= set(accepted_wildcards())


def test_every_star_that_has_a_reason_is_there(renders: Mapping[str, Render]) -> None:
    found = {star for render in renders.values() for star in wildcards(render)}
    assert found == set(accepted_wildcards())
    assert all(len(reason) > 20 for reason in accepted_wildcards().values())


def test_nobody_is_trusted_but_services_of_aws(render: Render) -> None:
    for name, role in render.of_type("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert set(statement["Principal"]) == {"Service"}, name
        assert isinstance(statement["Principal"]["Service"], str), name
    for permission in render.of_type("AWS::Lambda::Permission").values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert "SourceArn" in permission
        # The alias, never $LATEST.
        assert permission["FunctionName"]["Ref"].endswith("Aliaslive")


def test_policies_that_are_not_ours_are_few(renders: Mapping[str, Render]) -> None:
    found = {
        text(arn).rpartition("/")[2]
        for render in renders.values()
        for role in render.of_type("AWS::IAM::Role").values()
        for arn in role.get("ManagedPolicyArns", ())
    }
    assert found == {"AWSLambdaENIManagementAccess", "AmazonAPIGatewayPushToCloudWatchLogs"}


def test_functions_reach_only_what_is_theirs_through_the_network(render: Render) -> None:
    inside = [f for f in render.of_type(FUNCTION).values() if "VpcConfig" in f]
    has_network = bool(render.of_type("AWS::EC2::VPC"))
    assert len(inside) == (9 if has_network else 0)
    for name, statement in statements(render):
        if statement["Effect"] == "Deny":
            assert has_network, name
            assert statement["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}


def test_whoever_uses_a_cache_of_ours_has_a_token(render: Render) -> None:
    for user in render.of_type("AWS::ElastiCache::User").values():
        assert user["AuthenticationMode"] == {"Type": "iam"}
        assert user["UserId"] == user["UserName"]
    connecting = {name for name, s in statements(render) if s["Action"] == "elasticache:Connect"}
    caches = render.of_type("AWS::ElastiCache::ServerlessCache")
    assert len(connecting) == (9 if caches else 0)
    assert "AuthorizerRole" not in connecting
    for _, statement in statements(render):
        if statement["Action"] == "elasticache:Connect":
            assert [text(arn) for arn in statement["Resource"]] == [
                "${Cache.ARN}",
                "${CacheUser.Arn}",
            ]
