"""What the deployed parts may do, who calls them, and that no secret is written (A14, S7)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from parley.http.table import ROUTES

ROOT = Path(__file__).parents[2]
FUNCTION = "AWS::Serverless::Function"
# Routes that anybody may call: they identify the caller themselves, or answer everybody alike.
OPEN = {"/ticket", "/healthz", "/openapi.json", "/docs"}
# Written as they are; everything else is a parameter, or follows from one.
PLAIN = re.compile(r"[a-z0-9_.:/-]*", re.IGNORECASE)
SECRET_WORDS = re.compile(r"secret|password|token|apikey|redisurl|privatekey", re.IGNORECASE)
SECRETS = re.compile(
    r"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|gh[pousr]_[A-Za-z0-9]{36}|xox[bpas]-[0-9]"
    r"|(?i:aws_secret_access_key)\s*[=:]\s*['\"]?[A-Za-z0-9/+]{40}"
)
SCANNED = ("layers", "functions", "gateway", "local", "tools", "bench", "web", "docs", "events")
TEXTS = {".py", ".yaml", ".yml", ".json", ".toml", ".md", ".ts", ".js", ".html", ".lua", ".tsv"}


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as ``{"!Ref": …}``."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return {f"!{suffix}": loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {f"!{suffix}": loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {f"!{suffix}": loader.construct_mapping(node, deep=True)}


Loader.add_multi_constructor("!", _short_form)


@pytest.fixture(scope="module")
def template() -> Any:
    return yaml.load((ROOT / "template.yaml").read_text(), Loader)  # noqa: S506


def resources(template: Any, kind: str) -> dict[str, Any]:
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def statements(template: Any, function: Any) -> Iterator[dict[str, Any]]:
    """What the role of a function says, whatever parameters are given."""
    role = template["Resources"][function["Role"]["!GetAtt"].removesuffix(".Arn")]["Properties"]
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            # Some are there only with a secret, say.
            found = statement.get("!If") or statement.get("Fn::If")
            yield found[1] if found else statement


def allowed(template: Any, function: Any) -> list[dict[str, Any]]:
    """What a function's own code may do. X-Ray knows no resources."""
    found = [s for s in statements(template, function) if s["Effect"] == "Allow"]
    return [s for s in found if not str(s["Action"]).startswith("['xray:")]


def actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else list(found)


@pytest.mark.scenario("A14", "S7")
def test_no_function_may_do_anything_to_everything(template: Any) -> None:
    functions = resources(template, FUNCTION)
    assert len(functions) >= 9
    for name, function in functions.items():
        assert "FunctionUrlConfig" not in function
        assert allowed(template, function), name
        for statement in allowed(template, function):
            assert set(statement) <= {"Effect", "Action", "Resource", "Condition"}
            assert all("*" not in action for action in actions(statement)), name
            found = statement["Resource"]
            # ARNs of this stack's own: of one table, queue, cache or secret, or below one stage.
            for resource in found if isinstance(found, list) else [found]:
                assert isinstance(resource, dict), name
                wild = [text for text in resource.values() if "*" in str(text)]
                below = ("${ChatWs}/${StageName}/", "${Table.Arn}/stream/")
                assert all(any(prefix in text for prefix in below) for text in wild), name


@pytest.mark.scenario("A14")
def test_each_function_may_do_what_it_is_for(template: Any) -> None:
    functions = {
        name.removesuffix("Function"): allowed(template, function)
        for name, function in resources(template, FUNCTION).items()
    }
    may = {name: {a for s in found for a in actions(s)} for name, found in functions.items()}
    log = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert all(log <= found for found in may.values())
    # Who is asked before anybody is known changes nothing but tickets, and tells nobody anything.
    assert may["Authorizer"] - log == {
        *("dynamodb:GetItem", "dynamodb:DeleteItem", "secretsmanager:GetSecretValue"),
    }
    writers = {name for name, found in may.items() if "dynamodb:PutItem" in found}
    assert writers == {"Connect", "Message", "Http"}
    services = {action.partition(":")[0] for found in may.values() for action in found - log}
    assert services == {"dynamodb", "sqs", "execute-api", "secretsmanager", "elasticache"}
    tables = {action for found in may.values() for action in found if "dynamodb" in action}
    assert not tables & {"dynamodb:DeleteTable", "dynamodb:UpdateTable"}
    # Nobody that people call reads all there is; the sweep does, for what is too old.
    assert {name for name, found in may.items() if "dynamodb:Scan" in found} <= {"Sweep"}


@pytest.mark.scenario("A14", "S7")
def test_each_function_reads_the_secrets_that_it_needs(template: Any) -> None:
    secrets = {
        name.removesuffix("Function"): {
            str(s["Resource"])
            for s in allowed(template, function)
            if s["Action"] == "secretsmanager:GetSecretValue"
        }
        for name, function in resources(template, FUNCTION).items()
    }
    redis = "{'!Ref': 'RedisSecretArn'}"
    assert {name for name, found in secrets.items() if redis not in found} == {"Authorizer"}
    assert {name for name, found in secrets.items() if found - {redis}} == {"Authorizer", "Http"}


@pytest.mark.scenario("A14")
def test_nobody_calls_a_function_but_the_gateways_and_sources_of_the_template(
    template: Any,
) -> None:
    kinds = {resource["Type"] for resource in template["Resources"].values()}
    assert not kinds & {"AWS::Lambda::Url", "AWS::SQS::QueuePolicy", "AWS::IAM::User"}
    for permission in resources(template, "AWS::Lambda::Permission").values():
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert "${HttpApi}" in permission["SourceArn"]["!Sub"]
    (socket,) = resources(template, "AWS::Serverless::WebSocketApi").values()
    assert socket["Auth"]["AuthType"] == "CUSTOM"
    routes = {
        name: route["FunctionArn"]["!Ref"].removesuffix("Function.Alias")
        for name, route in socket["Routes"].items()
    }
    assert set(routes.values()) == {"Connect", "Disconnect", "Message", "Presence"}


@pytest.mark.scenario("A14")
def test_only_the_known_routes_are_open() -> None:
    found = {route.path for route in ROUTES if route.is_open}
    assert {path for path in found if not path.startswith("/docs/")} == OPEN


@pytest.mark.scenario("S7")
def test_what_is_stored_is_encrypted(template: Any) -> None:
    for name, queue in resources(template, "AWS::SQS::Queue").items():
        assert queue["SqsManagedSseEnabled"] is True, name
    for table in resources(template, "AWS::DynamoDB::Table").values():
        assert table["SSESpecification"]["SSEEnabled"] is True


@pytest.mark.scenario("S7")
def test_no_secret_is_a_value_of_the_template(template: Any) -> None:
    for name, parameter in template["Parameters"].items():
        if SECRET_WORDS.search(name):
            assert parameter.get("NoEcho") is True or name.endswith("Arn"), name
            assert parameter.get("Default", "") == "", name
    variables = dict(template["Globals"]["Function"]["Environment"]["Variables"])
    for function in resources(template, FUNCTION).values():
        variables |= function.get("Environment", {}).get("Variables", {})
    for name, value in variables.items():
        assert isinstance(value, dict) or PLAIN.fullmatch(str(value)), name
        if SECRET_WORDS.search(name):
            assert name.endswith("_ARN"), name
    for name, output in template["Outputs"].items():
        # Of a secret, Ref gives the ARN.
        assert not SECRET_WORDS.search(str(output["Value"])) or name.endswith("Arn"), name


@pytest.mark.scenario("S7")
def test_no_credential_is_in_the_code() -> None:
    files = [ROOT / "template.yaml", ROOT / "README.md", ROOT / "Makefile"]
    for folder in SCANNED:
        files += [path for path in (ROOT / folder).rglob("*") if path.suffix in TEXTS]
    kept = [p for p in files if p.is_file() and not {"node_modules", "results"} & set(p.parts)]
    assert len(kept) > 150
    for path in kept:
        assert not SECRETS.search(path.read_text(encoding="utf-8", errors="replace")), path


@pytest.mark.parametrize(
    "text", ["AKIA" + "A" * 16, "-----BEGIN RSA PRIVATE " + "KEY", "ghp_" + "a" * 36]
)
def test_a_credential_would_be_found(text: str) -> None:
    assert SECRETS.search(f"x = '{text}'")
