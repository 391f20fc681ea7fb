"""Names that are ours to choose are short, unique, and free when something is replaced."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.template.conftest import Render
from tests.template.variants import VARIANTS
from tools.evaluate_template import Evaluator, evaluated

# As docs/deploy.md has it.
LONGEST_STACK_NAME = "a" * 40
MAX_LENGTHS = {
    ("AWS::ElastiCache::ServerlessCache", "ServerlessCacheName"): 40,
    ("AWS::ElastiCache::User", "UserId"): 40,
    ("AWS::ElastiCache::User", "UserName"): 40,
    ("AWS::ElastiCache::UserGroup", "UserGroupId"): 40,
    ("AWS::ApiGatewayV2::Api", "Name"): 128,
    ("AWS::AppConfig::Application", "Name"): 64,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::Lambda::LayerVersion", "LayerName"): 64,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
}
# Names within something of the stack's own, and a domain, which people choose.
ELSEWHERE = {
    ("AWS::Lambda::Alias", "Name"),
    ("AWS::ApiGatewayV2::Stage", "StageName"),
    ("AWS::ApiGatewayV2::Authorizer", "Name"),
    ("AWS::AppConfig::ConfigurationProfile", "Name"),
    ("AWS::ApiGatewayV2::DomainName", "DomainName"),
    ("AWS::Route53::RecordSet", "Name"),
    # What its mails begin with.
    ("AWS::SNS::Topic", "DisplayName"),
}
ANOTHER_STACK = {
    "AWS::StackName": LONGEST_STACK_NAME,
    "AWS::StackId": "arn:aws:cloudformation:eu-west-1:111122223333:stack/a/0a1b2c3d-da77-11e4",
}


def chosen_names(rendered: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    """Every physical name that the template chooses, by type and property."""
    found: dict[tuple[str, str], list[str]] = {}
    for resource in rendered["Resources"].values():
        kind = resource["Type"]
        noun = kind.rpartition("::")[2]
        for key in ("Name", noun, f"{noun}Name", f"{noun}Id", "ServerlessCacheName", "LayerName"):
            value = resource.get("Properties", {}).get(key)
            if value is not None and (kind, key) not in ELSEWHERE:
                found.setdefault((kind, key), []).append(value)
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_names_are_another_stacks_never_and_short_enough(
    renders: Mapping[str, Render], name: str
) -> None:
    other = evaluated(renders[name].transformed, {**VARIANTS[name], **ANOTHER_STACK})
    ours, theirs = chosen_names(renders[name].rendered), chosen_names(other)
    assert set(ours) == set(theirs) <= set(MAX_LENGTHS)
    assert {("AWS::ApiGatewayV2::Api", "Name"), ("AWS::Logs::LogGroup", "LogGroupName")} <= set(
        ours
    )
    for which, values in theirs.items():
        assert not set(values) & set(ours[which]), which
        assert all(len(value) <= MAX_LENGTHS[which] for value in values), which


def names(written: Any, **parameters: str) -> dict[str, str]:
    resources = written["Resources"]
    evaluator = Evaluator(written, parameters)
    of = {"Cache": "ServerlessCacheName", "CacheUser": "UserId", "CacheUserGroup": "UserGroupId"}
    return {name: evaluator.value(resources[name]["Properties"][key]) for name, key in of.items()}


@pytest.mark.parametrize("cidr", ["10.87.0.0/22", "192.168.252.0/22", "172.31.252.0/22"])
@pytest.mark.parametrize("mode", ["vpc", "public"])
def test_names_of_the_cache_are_as_elasticache_wants_them(
    written: Any, mode: str, cidr: str
) -> None:
    for name in names(written, RedisMode=mode, VpcCidr=cidr).values():
        assert re.fullmatch(r"[a-z](-?[a-z0-9])*", name)
        assert len(name) <= 40


def test_a_new_cache_is_made_beside_the_old_one(written: Any) -> None:
    """A name that is taken fails the deployment, after the network was made anew."""
    before = names(written)
    mode = names(written, RedisMode="public")
    assert not set(before.values()) & set(mode.values())
    # Another range is another network, whose subnets a cache has for good.
    network = names(written, VpcCidr="10.88.0.0/22")
    assert network["Cache"] != before["Cache"]


def test_cloudformation_takes_a_template_of_this_size(renders: Mapping[str, Render]) -> None:
    for name in VARIANTS:
        transformed = renders[name].transformed
        assert len(transformed["Parameters"]) <= 200
        assert len(transformed["Outputs"]) <= 200
        assert len(transformed["Resources"]) <= 500
        # SAM's result counts, without blanks.
        assert len(json.dumps(transformed, separators=(",", ":"))) < 1_000_000


def test_policies_are_of_a_size_that_iam_takes(render: Render) -> None:
    for name, role in render.of_type("AWS::IAM::Role").items():
        inline = sum(len(json.dumps(p["PolicyDocument"])) for p in role.get("Policies", ()))
        assert inline < 10_240 / 2, name
