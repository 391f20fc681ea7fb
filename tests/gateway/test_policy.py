"""What authorizers may answer."""

from typing import Any

import pytest

from gateway.policy import MalformedResultError, authorizer_context, is_allowed

ARN = "arn:aws:execute-api:us-east-1:000000000000:api/prod/$connect"


def policy(*statements: tuple[str, Any, Any]) -> dict[str, Any]:
    return {
        "principalId": "p",
        "policyDocument": {
            "Statement": [
                {"Effect": effect, "Action": action, "Resource": resource}
                for effect, action, resource in statements
            ]
        },
    }


@pytest.mark.parametrize(
    ("resource", "allowed"),
    [
        (ARN, True),
        ("*", True),
        (ARN.replace("$connect", "*"), True),
        (ARN.replace("$connect", "$c?nnect"), True),
        (ARN.replace("$connect", "*/*"), False),
        (ARN.replace("prod", "test"), False),
        ([ARN.replace("prod", "test"), ARN], True),
        (None, False),
    ],
)
def test_resource_of_an_allow_must_fit_the_method_arn(resource: Any, allowed: bool) -> None:
    assert is_allowed(policy(("Allow", "execute-api:Invoke", resource)), ARN) is allowed


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        ("execute-api:*", True),
        ("*", True),
        ("execute-api:invoke", True),
        (["s3:GetObject", "execute-api:Invoke"], True),
        ("s3:GetObject", False),
    ],
)
def test_action_of_an_allow_must_be_invoke(action: Any, allowed: bool) -> None:
    assert is_allowed(policy(("Allow", action, ARN)), ARN) is allowed


def test_deny_wins_over_allow_but_only_where_it_fits() -> None:
    allow = ("Allow", "*", "*")
    assert not is_allowed(policy(allow, ("Deny", "*", ARN)), ARN)
    assert is_allowed(policy(allow, ("Deny", "*", ARN + "x")), ARN)


def test_single_statement_needs_no_list() -> None:
    result = policy()
    result["policyDocument"]["Statement"] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    assert is_allowed(result, ARN)


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"policyDocument": "x"},
        {"policyDocument": {"Statement": []}},
        {"policyDocument": {"Statement": ["x"]}},
    ],
)
def test_answer_without_a_policy_is_malformed(result: Any) -> None:
    with pytest.raises(MalformedResultError):
        is_allowed(result, ARN)


def test_context_becomes_text() -> None:
    context = {"text": "t", "int": 7, "float": 1.5, "yes": True, "no": False}
    assert authorizer_context({"principalId": "p", "context": context}) == {
        "text": "t",
        "int": "7",
        "float": "1.5",
        "yes": "true",
        "no": "false",
        "principalId": "p",
    }


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"principalId": 7},
        {"principalId": "p", "context": ["x"]},
        {"principalId": "p", "context": {"a": None}},
        {"principalId": "p", "context": {"a": {}}},
        {"principalId": "p", "context": {"a": "x" * 8192}},
    ],
)
def test_context_that_breaks_a_rule_is_malformed(result: Any) -> None:
    with pytest.raises(MalformedResultError):
        authorizer_context(result)


def test_result_of_8_kb_is_just_allowed() -> None:
    result = {"principalId": "p", "context": {"a": ""}}
    overhead = len('{"principalId":"p","context":{"a":""}}')
    result["context"] = {"a": "x" * (8192 - overhead)}
    assert authorizer_context(result)["principalId"] == "p"
