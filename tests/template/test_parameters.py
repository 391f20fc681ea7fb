"""Parameters say what they are, are bound as the settings are, and reach the functions."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from parley.settings import BOUNDS, PREFIX, Settings
from tests.template.conftest import Render
from tests.template.variants import EVERYTHING
from tools.evaluate_template import Evaluator

FUNCTION = "AWS::Serverless::Function"
MAX_ENVIRONMENT_BYTES = 4_096
# As long as their names and addresses may well be in a large company.
LONG_VALUES = {
    **EVERYTHING,
    "JwtSecretArn": "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:"
    "platform/production/collaboration/chat/parley/jwt-signing-key-AbCdEf",
    "IntrospectionSecretArn": "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:"
    "platform/production/collaboration/chat/parley/introspection-AbCdEf",
    "JwtIssuer": "https://login.identity.production.example-company.com/realms/employees",
    "JwtAudience": "https://chat.collaboration.production.example-company.com",
    "IntrospectionUrl": "https://login.identity.production.example-company.com/realms/employees"
    "/protocol/openid-connect/token/introspect",
    "IntrospectionClientId": "collaboration-chat-parley-production",
    "TenantClaim": "https://example-company.com/claims/tenant_identifier",
    "AllowedOrigins": ",".join(f"https://app-{i}.example-company.com" for i in range(10)),
    "TenantCookies": "__Host-dashboard_access_token,__Host-desktop_manager_access_token",
    "BodyMaxChars": "100000",
}


def camel(setting: str) -> str:
    """The parameter of a setting: no abbreviated units, each word with a capital letter."""
    spelt = re.sub("_s$", "_seconds", re.sub("_ms$", "_milliseconds", setting))
    return "".join(word[0].upper() + word[1:] for word in spelt.split("_"))


def variables(written: Any) -> dict[str, Any]:
    found: dict[str, Any] = written["Globals"]["Function"]["Environment"]["Variables"]
    return found


def named_in(node: Any) -> Iterator[str]:
    """All names that a part of the template refers to, conditions too."""
    if isinstance(node, list):
        for part in node:
            yield from named_in(part)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("Ref", "Condition") and isinstance(value, str):
                yield value
            elif key == "Fn::If":
                yield value[0]
            if key == "Fn::Sub":
                text = value if isinstance(value, str) else value[0]
                yield from re.findall(r"\$\{([^!}.]+)", text)
            yield from named_in(value)


def parameters_behind(written: Any, node: Any) -> set[str]:
    """The parameters that a part of the template depends on, itself or by its conditions."""
    found: set[str] = set()
    for name in named_in(node):
        if name in written["Parameters"]:
            found.add(name)
        elif name in written["Conditions"]:
            found |= parameters_behind(written, written["Conditions"][name])
    return found


def test_every_limit_is_a_parameter_with_the_same_bounds_and_default(written: Any) -> None:
    defaults = {field.name: field.default for field in fields(Settings)}
    for setting, (low, high) in BOUNDS.items():
        parameter = written["Parameters"][camel(setting)]
        assert parameter["Type"] == "Number", setting
        assert (parameter["MinValue"], parameter["MaxValue"]) == (low, high), setting
        assert parameter["Default"] == defaults[setting], setting
        assert variables(written)[PREFIX + setting.upper()] == {"Ref": camel(setting)}


def test_every_setting_and_nothing_else_reaches_the_functions(written: Any) -> None:
    known = {PREFIX + field.name.upper() for field in fields(Settings)}
    assert {name for name in variables(written) if name.startswith(PREFIX)} == known
    others = {name for name in variables(written) if not name.startswith(PREFIX)}
    assert others == {
        "AWS_USE_DUALSTACK_ENDPOINT",
        "POWERTOOLS_LOG_LEVEL",
        "POWERTOOLS_METRICS_NAMESPACE",
    }
    for name, function in written["Resources"].items():
        if function["Type"] == FUNCTION:
            # Globals are merged in; none has variables of its own.
            assert function["Properties"]["Environment"]["Variables"] == variables(written), name


def test_defaults_of_texts_are_those_of_the_settings(written: Any) -> None:
    parameters = written["Parameters"]
    settings = Settings()
    assert parameters["JwtAlgorithm"]["Default"] == settings.jwt_algorithm
    assert parameters["TenantClaim"]["Default"] == settings.tenant_claim
    assert parameters["TenantCookies"]["Default"].split(",") == list(settings.tenant_cookies)
    assert parameters["ManageCookies"]["Default"].split(",") == list(settings.manage_cookies)


def test_every_parameter_explains_itself(written: Any) -> None:
    interface = written["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(written["Parameters"])
    for name, parameter in written["Parameters"].items():
        assert "Default" in parameter, name
        assert parameter["Description"].endswith("."), name
        free = {"JwtIssuer", "JwtAudience", "IntrospectionClientId"}
        bound = {"AllowedValues", "AllowedPattern", "MinValue"} & set(parameter)
        assert bound or (name in free and "MaxLength" in parameter), name
        if "AllowedPattern" in parameter:
            assert name in parameter["ConstraintDescription"], name


def test_every_parameter_is_used(written: Any) -> None:
    body = [written["Resources"], written["Outputs"], written["Conditions"], written["Globals"]]
    assert set(written["Parameters"]) <= set(named_in(body))


def test_what_functions_depend_on_publishes_new_versions(written: Any) -> None:
    """Else the alias would stay with the settings before (see SettingsVersion)."""
    document = written["Resources"]["SettingsVersion"]["Properties"]["Content"]["Fn::Sub"][0]
    listed = dict(line.split("=") for line in document.splitlines())
    assert all(value == f"${{{name}}}" for name, value in listed.items())
    for name, resource in written["Resources"].items():
        if resource["Type"] == FUNCTION:
            properties = dict(resource["Properties"])
            # These are the alias's and the function's own, and no version holds them.
            for apart in ("DeploymentPreference", "ReservedConcurrentExecutions", "Events"):
                properties.pop(apart, None)
            assert parameters_behind(written, properties) <= set(listed), name
            numbered = {"Fn::Sub": "Settings ${SettingsVersion.VersionNumber}"}
            assert properties["VersionDescription"] == numbered
            assert "${SettingsVersion.VersionNumber}" in properties["Description"]["Fn::Sub"]
            assert properties["AutoPublishAliasAllProperties"] is True
    assert written["Resources"]["CoreLayer"]["Properties"]["PublishLambdaVersion"] is True


def environment(function: dict[str, Any]) -> dict[str, str]:
    """A function's variables; what only a deployment knows is as long as it gets."""
    found = function["Environment"]["Variables"]
    return {name: _deployed(value) for name, value in found.items()}


def _deployed(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "Fn::Sub" in value:
        text = value["Fn::Sub"].replace("${Cache.Endpoint.Port}", "6379")
        host = "parley-public-51af3dc0-abcdef.serverless.aps2.cache.amazonaws.com"
        text = text.replace("${Cache.Endpoint.Address}", host)
        return re.sub(r"\$\{\w+\}", "a1b2c3d4e5", text)
    made = {
        "Table": "parley-production-Table-ABCDEFGHIJKL",
        "CacheUser": "parley-public-51af3dc0",
        "Cache": "parley-vpc-51af3dc0-192-168-255-252",
        "JwtSecret": "arn:aws:secretsmanager:ap-southeast-2:111122223333:secret:JwtSecret-AbCdEfGh",
    }
    queue = "https://sqs.ap-southeast-2.amazonaws.com/111122223333/parley-production-{}-ABCDEFGHI"
    return made.get(value["Ref"], queue.format(value["Ref"]))


def test_functions_start_with_what_is_deployed(render: Render) -> None:
    functions = render.of_type("AWS::Lambda::Function")
    assert len(functions) == 10
    for function in functions.values():
        settings = Settings.from_environment(environment(function))
        assert settings.redis_secret_arn or settings.redis_url.startswith("rediss://")
        assert bool(settings.redis_iam_user) is bool(settings.redis_iam_cache)
        assert bool(settings.redis_iam_user) is not bool(settings.redis_secret_arn)
        assert settings.ws_endpoint.startswith("https://")


@pytest.mark.parametrize("mode", ["vpc", "public", "external"])
def test_environment_fits_even_with_long_values(written: Any, mode: str) -> None:
    """Lambda refuses more than 4 KB, in the middle of a deployment."""
    given = {**LONG_VALUES, "RedisMode": mode}
    if mode == "external":
        given["RedisSecretArn"] = LONG_VALUES["JwtSecretArn"].replace("jwt-signing-key", "redis")
    # Every number as long as it may be.
    for name, parameter in written["Parameters"].items():
        if "MaxValue" in parameter:
            given[name] = str(parameter["MaxValue"])
    resolved = Evaluator(written, given).resolved(variables(written))
    made = environment({"Environment": {"Variables": resolved}})
    assert len(json.dumps(made, separators=(",", ":")).encode()) < MAX_ENVIRONMENT_BYTES
