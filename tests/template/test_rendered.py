"""What would be deployed: nobody may do more than needed, and nothing is lost or left open."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.template.conftest import Render

FUNCTION = "AWS::Lambda::Function"
NEVER_PUBLIC = {
    "AWS::Lambda::Url",
    "AWS::Lambda::LayerVersionPermission",
    "AWS::S3::Bucket",
    "AWS::SQS::QueuePolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::EC2::Instance",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
}
# One that nobody has to look up has no entropy to speak of; names and numbers only.
SECRETS = re.compile(r"AKIA[0-9A-Z]{16}|://[^/@\s]*:[^/@\s]+@|PRIVATE KEY|[A-Za-z0-9+/]{60,}")


def test_no_secret_is_written(render: Render) -> None:
    for function in render.of_type(FUNCTION).values():
        for name, value in function["Environment"]["Variables"].items():
            assert not SECRETS.search(str(value)), name
            if "SECRET" in name:
                assert name.endswith("_ARN"), name
    for name, resource in render.rendered["Resources"].items():
        assert not SECRETS.search(str(resource.get("Properties", ""))), name


@pytest.mark.parametrize("text", ["rediss://:pw@host", "AKIA" + "A" * 16, "a" * 64])
def test_a_secret_would_be_found(text: str) -> None:
    assert SECRETS.search(text)


def test_every_function_has_its_bounds_and_somebody_who_tries_again(render: Render) -> None:
    functions = render.of_type(FUNCTION)
    retried = {
        invoke["FunctionName"]["Ref"]: invoke
        for invoke in render.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    assert set(retried) == set(functions)
    for name, function in functions.items():
        assert 1 <= function["Timeout"] <= 60, name
        assert 128 <= function["MemorySize"] <= 1_024, name
        assert function["Runtime"] == "python3.13", name
        assert function["Architectures"] == ["arm64"], name
        assert function["LoggingConfig"]["LogGroup"] == {"Ref": "FunctionLogs"}, name
        assert retried[name]["Qualifier"] == "live"
        assert retried[name]["MaximumRetryAttempts"] == 0
    for name, source in render.of_type("AWS::Lambda::EventSourceMapping").items():
        assert source["FunctionName"]["Ref"].endswith("Aliaslive"), name
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        queue = source["EventSourceArn"]["Fn::GetAtt"]
        if queue[1] == "StreamArn":
            assert source["DestinationConfig"]["OnFailure"], name
        else:
            assert "RedrivePolicy" in render.of_type("AWS::SQS::Queue")[queue[0]], name


def test_every_queue_has_dead_letters_or_holds_them(render: Render) -> None:
    queues = render.of_type("AWS::SQS::Queue")
    assert len(queues) == 5
    for name, queue in queues.items():
        assert queue["SqsManagedSseEnabled"] is True, name
        if name.endswith("DeadLetters"):
            assert queue["MessageRetentionPeriod"] == 14 * 86_400, name
        else:
            target = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
            assert target in queues, name
            assert target.endswith("DeadLetters"), name


def test_queues_hide_records_for_six_times_as_long_as_functions_take(render: Render) -> None:
    functions, queues = render.of_type(FUNCTION), render.of_type("AWS::SQS::Queue")
    for source in render.of_type("AWS::Lambda::EventSourceMapping").values():
        name, attribute = source["EventSourceArn"]["Fn::GetAtt"]
        if attribute == "Arn":
            function = functions[source["FunctionName"]["Ref"].removesuffix("Aliaslive")]
            assert queues[name]["VisibilityTimeout"] >= 6 * function["Timeout"], name


def test_concurrency_is_reserved_only_when_asked_for(renders: Mapping[str, Render]) -> None:
    def reserved(render: Render) -> set[str]:
        functions = render.of_type(FUNCTION).items()
        return {name for name, f in functions if "ReservedConcurrentExecutions" in f}

    asked = {name: reserved(render) for name, render in renders.items()}
    people_wait_for = {"Authorizer", "Connect", "Message", "Presence", "Http"}
    assert asked.pop("everything") == {f"{name}Function" for name in people_wait_for}
    assert not any(asked.values())


def test_every_log_is_dropped_some_day(render: Render) -> None:
    groups = render.of_type("AWS::Logs::LogGroup")
    assert "FunctionLogs" in groups
    for name, group in groups.items():
        assert int(group["RetentionInDays"]) == 30, name


def test_a_new_account_logs_nothing_that_it_cannot(renders: Mapping[str, Render]) -> None:
    """The log of a WebSocket stage fails where the account has no role for it."""
    for name, render in renders.items():
        stages = render.of_type("AWS::ApiGatewayV2::Stage")
        assert ("AccessLogSettings" in stages["ChatWsStage"]) is (name == "everything"), name
        account = render.of_type("AWS::ApiGateway::Account")
        assert bool(account) is (name == "everything"), name
        if account:
            # The stage waits for the API, and that for the role.
            description = render.of_type("AWS::ApiGatewayV2::Api")["ChatWs"]["Description"]
            assert "${ApiGatewayAccount}" in description["Fn::Sub"]
            assert stages["ChatWsStage"]["ApiId"] == {"Ref": "ChatWs"}


def test_everybody_is_held_to_a_rate(render: Render) -> None:
    for name, stage in render.of_type("AWS::ApiGatewayV2::Stage").items():
        settings = stage["DefaultRouteSettings"]
        assert 0 < int(settings["ThrottlingBurstLimit"]) <= 5_000, name
        assert 0 < int(settings["ThrottlingRateLimit"]) <= 10_000, name


def test_requests_reach_the_alias(render: Render) -> None:
    integrations = render.of_type("AWS::ApiGatewayV2::Integration")
    assert len(integrations) == 10
    for name, integration in integrations.items():
        assert "Aliaslive" in str(integration["IntegrationUri"]), name
    for authorizer in render.of_type("AWS::ApiGatewayV2::Authorizer").values():
        assert "AuthorizerFunctionAliaslive" in str(authorizer["AuthorizerUri"])
    for schedule in render.of_type("AWS::Scheduler::Schedule").values():
        assert schedule["Target"]["Arn"] == {"Ref": "SweepFunctionAliaslive"}
        # SAM's own would be the same in every stack.
        assert "Name" not in schedule


def test_deployments_are_gradual_unless_refused(renders: Mapping[str, Render]) -> None:
    for name, render in renders.items():
        groups = render.of_type("AWS::CodeDeploy::DeploymentGroup")
        assert len(groups) == (0 if name == "least" else 10), name
        assert bool(render.of_type("AWS::CodeDeploy::Application")) is bool(groups)
        alarms = set(render.of_type("AWS::CloudWatch::Alarm"))
        for group in groups.values():
            assert group["AutoRollbackConfiguration"]["Enabled"] is True
            watched = {alarm["Name"]["Ref"] for alarm in group["AlarmConfiguration"]["Alarms"]}
            assert watched
            assert watched <= alarms


def test_the_table_survives(renders: Mapping[str, Render]) -> None:
    for name, render in renders.items():
        table = render.rendered["Resources"]["Table"]
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        properties = table["Properties"]
        assert properties["DeletionProtectionEnabled"] is (name != "least")
        assert properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
        assert properties["TimeToLiveSpecification"]["Enabled"] is True
        assert properties["SSESpecification"]["SSEEnabled"] is True


def test_nothing_is_public_but_the_apis(render: Render) -> None:
    assert not {r["Type"] for r in render.rendered["Resources"].values()} & NEVER_PUBLIC
    for name, subnet in render.of_type("AWS::EC2::Subnet").items():
        assert not subnet.get("MapPublicIpOnLaunch"), name
    for name, group in render.of_type("AWS::EC2::SecurityGroup").items():
        for rule in group.get("SecurityGroupIngress", ()):
            assert set(rule) & {"SourceSecurityGroupId"}, name
            assert (rule["FromPort"], rule["ToPort"]) == (6379, 6380), name


def test_only_the_mode_public_has_a_public_cache(renders: Mapping[str, Render]) -> None:
    kinds = {
        name: [cache["ConnectionType"] for cache in caches.values()]
        for name, render in renders.items()
        if (caches := render.of_type("AWS::ElastiCache::ServerlessCache")) is not None
    }
    assert kinds.pop("public") == ["public"]
    assert kinds.pop("external") == kinds.pop("least") == []
    assert all(kind == ["vpc"] for kind in kinds.values())


def test_no_address_of_api_gateway_is_caught_by_the_network(render: Render) -> None:
    """An endpoint for execute-api would break pushes: it serves REST APIs only."""
    endpoints = render.of_type("AWS::EC2::VPCEndpoint").values()
    assert {endpoint["VpcEndpointType"] for endpoint in endpoints} <= {"Gateway"}
    assert not any("execute-api" in str(endpoint) for endpoint in endpoints)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def references(node: Any) -> Iterator[str]:
    """Names of all resources that a part of the template refers to."""
    if isinstance(node, list):
        for part in node:
            yield from references(part)
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from named_by(key, value)
            yield from references(value)


def named_by(key: str, value: Any) -> Iterator[str]:
    if key in ("Ref", "Fn::GetAtt", "DependsOn") and isinstance(value, str):
        yield value.partition(".")[0]
    elif key == "Fn::GetAtt":
        yield value[0]
    elif key == "DependsOn":
        yield from value
    elif key == "Fn::Sub":
        template, own = (value, {}) if isinstance(value, str) else value
        found = re.findall(r"\$\{([^!}]+)\}", template)
        yield from (name.partition(".")[0] for name in found if name not in own)


def test_everything_that_is_named_is_there(render: Render) -> None:
    resources = render.rendered["Resources"]
    missing = {name for name in references(render.rendered) if name not in resources}
    assert not {name for name in missing if not name.startswith("AWS::")}
