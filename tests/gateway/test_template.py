"""Reading a template, deriving what is deployed, and building the model from the answers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.addresses import Addresses
from gateway.config import GatewayConfig, GatewayError
from gateway.derive import (
    derived_template,
    output_name,
    resolved_resources,
    runnable_resources,
)
from gateway.stack import build_stack
from gateway.template import parse_template
from tests.gateway.harness import FIXTURES

STACK = "s"


def derive(text: str) -> tuple[Any, Any]:
    template = parse_template(text)
    runnable = runnable_resources(template, STACK)
    return derived_template(template, runnable, STACK), runnable


def answers(derived: Any, truth: Mapping[str, bool]) -> dict[str, str]:
    """Plays the emulator: knows conditions, and shows every other expression as JSON."""

    def value(expression: Any) -> str:
        if isinstance(expression, dict) and "Fn::If" in expression:
            condition, then, otherwise = expression["Fn::If"]
            return value(then if truth[condition] else otherwise)
        return expression if isinstance(expression, str) else json.dumps(expression)

    return {
        name: "=" + value(output["Value"]["Fn::Join"][1][1])
        for name, output in derived["Outputs"].items()
    }


def resolve(text: str, **truth: bool) -> Any:
    derived, runnable = derive(text)
    return resolved_resources(runnable, answers(derived, truth) if derived else {})


def test_short_forms_are_read_as_long_ones() -> None:
    template = parse_template("""
        Resources:
          A: {Type: T, Properties: {r: !Ref X, g: !GetAtt X.Y.Z, s: !Sub "${X}",
              j: !Join [",", [a, !Ref B]], c: !Condition C, d: 2012-10-17}}
    """)
    assert template["Resources"]["A"]["Properties"] == {
        "r": {"Ref": "X"},
        "g": {"Fn::GetAtt": ["X", "Y.Z"]},
        "s": {"Fn::Sub": "${X}"},
        "j": {"Fn::Join": [",", ["a", {"Ref": "B"}]]},
        "c": {"Condition": "C"},
        "d": "2012-10-17",
    }


@pytest.mark.parametrize("text", ["", "a: [", "Resources: 7", "[]"])
def test_what_is_no_template_is_an_error(text: str) -> None:
    with pytest.raises(GatewayError, match="template"):
        parse_template(text)


def test_globals_are_merged_as_sam_does() -> None:
    template = parse_template("""
        Globals: {Function: {Timeout: 5, Layers: [A], Environment: {Variables: {X: 1, Y: 1}}}}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties: {Timeout: 9, Layers: [B], Environment: {Variables: {Y: 2}}}
          G: {Type: AWS::Other}
    """)
    assert template["Resources"]["F"]["Properties"] == {
        "Timeout": 9,
        "Layers": ["A", "B"],
        "Environment": {"Variables": {"X": 1, "Y": 2}},
    }
    assert "Properties" not in template["Resources"]["G"]


def test_only_data_resources_are_deployed_and_nothing_refers_to_others() -> None:
    derived, _ = derive((FIXTURES / "template.yaml").read_text())
    assert set(derived["Resources"]) == {"Table", "ExtraTable", "Queue", "DeadLetters"}
    assert set(derived["Parameters"]) == {"StageName", "RecordFile", "Extra", "Origins"}
    assert "Transform" not in derived
    text = json.dumps(derived)
    for gone in ("Sockets}", "Common", "Authorizer.Arn", '"Ref": "Web"'):
        assert gone not in text


def test_dropped_dependencies_are_left_out() -> None:
    derived, _ = derive("""
        Resources:
          A: {Type: AWS::SQS::Queue, DependsOn: [B, P]}
          B: {Type: AWS::SQS::Queue, DependsOn: P}
          P: {Type: AWS::IAM::Role}
          Q: {Type: AWS::SQS::QueuePolicy}
    """)
    assert derived["Resources"]["A"]["DependsOn"] == ["B"]
    assert "DependsOn" not in derived["Resources"]["B"]
    assert "Q" not in derived["Resources"]


def test_local_references_become_text_and_shadowed_names_stay() -> None:
    _, runnable = derive("""
        Resources:
          Api: {Type: AWS::Serverless::WebSocketApi, Properties: {StageName: v1}}
          Web: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP}}
          Role: {Type: AWS::IAM::Role}
          F:
            Type: AWS::Serverless::Function
            Properties:
              Environment:
                Variables:
                  A: !Ref F
                  B: !GetAtt F.Arn
                  C: !Sub "${Api}/${!Literal}/${AWS::Region}/${F.Arn}"
                  D: !Sub ["${Api}", {Api: !Ref Web}]
                  E: !GetAtt Api.ApiEndpoint
                  G: !GetAtt Web.ApiEndpoint
                  H: !Ref Api.Stage
                  I: !GetAtt Role.Arn
                  J: !Ref F.Alias
    """)
    arn = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:s-F"
    assert runnable["F"]["Properties"]["Environment"]["Variables"] == {
        "A": "s-F",
        "B": {"Fn::Sub": arn},
        "C": {"Fn::Sub": "Api/${!Literal}/${AWS::Region}/" + arn},
        "D": {"Fn::Sub": ["${Api}", {"Api": "Web"}]},
        "E": {"Fn::Sub": "wss://Api.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
        "G": {"Fn::Sub": "https://Web.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
        "H": "v1",
        "I": "local",
        "J": {"Fn::Sub": arn},
    }


CONDITIONAL = """
    Conditions: {Many: !Equals [a, b], Deep: !Equals [a, b]}
    Resources:
      T: {Type: AWS::SQS::Queue, Condition: Many}
      F:
        Type: AWS::Serverless::Function
        Properties:
          Layers: !If [Many, [A, !If [Deep, B, !Ref AWS::NoValue]], []]
          Environment: {Variables: {Q: !If [Many, !Ref T, "none"]}}
      G: {Type: AWS::Serverless::Function, Condition: Many, Properties: {Handler: !Ref T}}
"""


def test_conditions_choose_branches_and_resources() -> None:
    off = resolve(CONDITIONAL, Many=False, Deep=False)
    assert set(off) == {"F"}
    assert off["F"]["Properties"]["Layers"] == []
    assert off["F"]["Properties"]["Environment"]["Variables"] == {"Q": "none"}
    on = resolve(CONDITIONAL, Many=True, Deep=False)
    assert on["F"]["Properties"]["Layers"] == ["A"]
    assert on["G"]["Properties"]["Handler"] == '{"Ref": "T"}'
    assert resolve(CONDITIONAL, Many=True, Deep=True)["F"]["Properties"]["Layers"] == ["A", "B"]


def test_branch_that_is_not_taken_is_never_asked_for() -> None:
    derived, _ = derive(CONDITIONAL)
    asked = json.dumps(derived["Outputs"])
    assert '{"Fn::If": ["Many", {"Ref": "T"}, "-"]}' in asked


def test_reference_to_a_list_parameter_becomes_one_text() -> None:
    _, runnable = derive("""
        Parameters: {L: {Type: CommaDelimitedList}, N: {Type: List<Number>}, S: {Type: String}}
        Resources:
          Web:
            Type: AWS::ApiGatewayV2::Api
            Properties:
              CorsConfiguration:
                AllowOrigins: !Ref L
                AllowMethods: !If [C, !Ref N, !Ref S]
                AllowHeaders: !Split ["-", !Join ["-", !Ref L]]
    """)
    cors = runnable["Web"]["Properties"]["CorsConfiguration"]
    assert cors["AllowOrigins"] == {"Fn::Join": [",", {"Ref": "L"}]}
    assert cors["AllowMethods"] == {
        "Fn::If": ["C", {"Fn::Join": [",", {"Ref": "N"}]}, {"Ref": "S"}]
    }
    assert "Fn::Split" in cors["AllowHeaders"]


def test_equal_expressions_share_an_output() -> None:
    assert output_name({"Ref": "A"}) == output_name({"Ref": "A"})
    assert output_name({"Ref": "A"}) != output_name({"Ref": "B"})


def test_template_without_data_and_expressions_needs_no_deployment() -> None:
    derived, _ = derive("Resources: {F: {Type: AWS::Serverless::Function}}")
    assert derived is None


def test_template_without_data_is_deployed_with_a_placeholder() -> None:
    derived, _ = derive("""
        Parameters: {P: {Type: String}}
        Resources: {F: {Type: AWS::Serverless::Function, Properties: {Handler: !Ref P}}}
    """)
    assert set(derived["Resources"]) == {"Placeholder"}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def function(**properties: Any) -> dict[str, Any]:
    return resource("Serverless::Function", **properties)


def test_route_is_two_way_only_with_selection_and_route_response(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:r:1:function:s-F"
    selected = {"FunctionArn": arn, "RouteResponseSelectionExpression": "$default"}
    stack = build_stack(
        {
            "F": function(),
            "Api": resource(
                "Serverless::WebSocketApi",
                RouteSelectionExpression="$request.body.action",
                Routes={
                    "sendMessage": selected,
                    "$default": selected,
                    "other": selected,
                    "plain": {"FunctionArn": arn},
                },
            ),
            "R1": resource(
                "ApiGatewayV2::RouteResponse",
                RouteId="ApiSendmessageRoute",
                RouteResponseKey="$default",
            ),
            "R2": resource(
                "ApiGatewayV2::RouteResponse",
                RouteId="ApiDefaultRoute",
                RouteResponseKey="$default",
            ),
            "R3": resource(
                "ApiGatewayV2::RouteResponse", RouteId="ApiPlainRoute", RouteResponseKey="$default"
            ),
        },
        tmp_path,
        STACK,
    )
    routes = stack.websocket_apis[0].routes
    assert {key for key, route in routes.items() if route.two_way} == {"sendMessage", "$default"}
    assert routes["plain"].timeout_s == 29.0


def test_event_sources_are_read_with_lambdas_defaults(tmp_path: Path) -> None:
    arn = "arn:aws:sqs:r:1:q"
    stream = "arn:aws:dynamodb:r:1:table/t/stream/x"
    stack = build_stack(
        {
            "F": function(
                Events={
                    "A": {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}},
                    "B": {
                        "Type": "ScheduleV2",
                        "Properties": {"ScheduleExpression": "rate(1 hour)"},
                    },
                    "C": {
                        "Type": "ScheduleV2",
                        "Properties": {"ScheduleExpression": "cron(0 * * * ? *)"},
                    },
                    "D": {
                        "Type": "SQS",
                        "Properties": {"Queue": arn, "ScalingConfig": {"MaximumConcurrency": 2}},
                    },
                    "E": {
                        "Type": "DynamoDB",
                        "Properties": {"Stream": stream, "MaximumRetryAttempts": 3},
                    },
                    "G": {"Type": "SNS", "Properties": {}},
                    "H": {"Type": "SQS", "Properties": {"Queue": arn, "Enabled": False}},
                    "I": {"Type": "SQS", "Properties": {"Queue": arn, "FilterCriteria": {}}},
                }
            )
        },
        tmp_path,
        STACK,
    )
    assert [(s.period_s, s.event) for s in stack.schedules] == [(300.0, None), (3600.0, {})]
    (queue,) = stack.queues
    assert (queue.batch_size, queue.partial_failures, queue.max_concurrency) == (10, False, 2)
    (source,) = stack.streams
    assert (source.batch_size, source.max_retries, source.bisect) == (100, 3, False)
    assert [warning.split(":")[1] for warning in stack.warnings] == [
        " event C is not run",
        " event G is not run",
        " event I is not run",
    ]


def test_http_events_of_sam_make_an_http_api(tmp_path: Path) -> None:
    stack = build_stack(
        {
            "F": function(
                Events={
                    "A": {"Type": "HttpApi", "Properties": {"Path": "/a", "Method": "get"}},
                    "B": {"Type": "HttpApi", "Properties": {"Path": "/b", "Method": "any"}},
                    "C": {"Type": "HttpApi"},
                }
            ),
        },
        tmp_path,
        STACK,
    )
    assert stack.http_api is not None
    assert [r.key for r in stack.http_api.routes] == ["GET /a", "ANY /b", "$default"]


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"F": function(CodeUri="absent")}, "its code folder absent does not exist"),
        (
            {"A": resource("Serverless::WebSocketApi", Routes={"x": {"FunctionArn": "arn:x"}})},
            "refers to arn:x",
        ),
        (
            {
                "A": resource("ApiGatewayV2::Api", ProtocolType="HTTP"),
                "B": resource("ApiGatewayV2::Api", ProtocolType="HTTP"),
            },
            "more than one HTTP API",
        ),
    ],
)
def test_what_nothing_can_run_without_is_an_error(
    tmp_path: Path, resources: Any, message: str
) -> None:
    with pytest.raises(GatewayError, match=message):
        build_stack(resources, tmp_path, STACK)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://Api.execute-api.us-east-1.amazonaws.com/v1", "http://h:1/v1"),
        ("wss://Api.execute-api.us-east-1.amazonaws.com/v1", "ws://h:1/v1"),
        ("Api.execute-api.us-east-1.amazonaws.com", "h:1"),
        ("https://Web.execute-api.eu-west-1.amazonaws.com.cn", "http://h:1/api"),
        (
            "https://Web.execute-api.eu-west-1.amazonaws.com/a,https://x",
            "http://h:1/api/a,https://x",
        ),
        (
            "https://other.execute-api.us-east-1.amazonaws.com/v1",
            "https://other.execute-api.us-east-1.amazonaws.com/v1",
        ),
    ],
)
def test_only_the_templates_own_apis_become_local(value: str, expected: str) -> None:
    assert Addresses("h:1", {"Api": "", "Web": "/api"}).localized(value) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"integration_timeout_s": 30.0},
        {"integration_timeout_s": 0.0},
        {"concurrency": 0},
        {"function_concurrency": {"F": 0}},
        {"http_prefix": "api"},
    ],
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(GatewayError):
        GatewayConfig(template=Path("t"), **wrong)
