"""Doctor's rules where neither emulator can answer: quotas, permissions, old and failed stacks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber

from cli.aws import Aws, Unreachable
from cli.doctor import account_checks, api_checks, log_checks, stack_checks, store_checks
from cli.doctor.command import diagnose
from cli.doctor.findings import Check, Finding, Patient, Status
from cli.errors import CliError, Denied
from cli.http import Answer
from cli.output import Output
from cli.stacks import Stack
from cli.target import Target
from gateway.template import load_template, parse_template
from tests.cli.running import Terminal

ROOT = Path(__file__).parents[2]
Stub = Callable[[str], Stubber]


@pytest.fixture
def aws() -> Aws:
    # Nothing listens there: what is not stubbed fails.
    return Aws(endpoint_url="http://127.0.0.1:9")


@pytest.fixture
def stub(aws: Aws) -> Iterator[Stub]:
    with ExitStack() as stubs:
        yield lambda service: stubs.enter_context(Stubber(aws.client(service)))


def patient(aws: Aws, status: str = "CREATE_COMPLETE", **parameters: str) -> Patient:
    outputs = dict.fromkeys(stack_checks.OUTPUTS, "x")
    stack = Stack("parley", status, parameters, outputs, {"Table": "table"})
    target = Target(aws, "parley")
    target.__dict__["stack"] = stack
    return Patient(target)


def found(check: Callable[[Patient], Iterator[Finding]], who: Patient) -> list[tuple[str, str]]:
    findings = Check("checked", check, "mend it").findings(who)
    return [(each.status.value, each.says) for each in findings]


# --- Quotas -------------------------------------------------------------------------------------


def quota(code: str, value: float) -> tuple[str, dict[str, Any], dict[str, str]]:
    asked = {"ServiceCode": "apigateway", "QuotaCode": code}
    return "get_service_quota", {"Quota": {"Value": value}}, asked


def test_quotas_below_the_usual_are_named(aws: Aws, stub: Stub) -> None:
    quotas = stub("service-quotas")
    quotas.add_response(*quota("L-9ED1E49A", 500.0))
    quotas.add_response(*quota("L-8A5B8E43", 2_500.0))
    assert found(account_checks.look_at_quotas, patient(aws)) == [
        ("ok", "500 new WebSocket connections a second"),
        ("warn", "2500 requests and pushes a second of all APIs, where 10000 are usual"),
    ]
    quotas.assert_no_pending_responses()


def test_a_quota_that_was_never_changed_has_its_default(aws: Aws, stub: Stub) -> None:
    quotas = stub("service-quotas")
    for code, value in (("L-9ED1E49A", 500.0), ("L-8A5B8E43", 10_000.0)):
        quotas.add_client_error("get_service_quota", "NoSuchResourceException")
        _, response, asked = quota(code, value)
        quotas.add_response("get_aws_default_service_quota", response, asked)
    statuses = [status for status, _ in found(account_checks.look_at_quotas, patient(aws))]
    assert statuses == ["ok", "ok"]


@pytest.mark.parametrize(("allowed", "status"), [(10, "warn"), (999, "warn"), (1_000, "ok")])
def test_a_new_accounts_concurrency_is_named(
    aws: Aws, stub: Stub, allowed: int, status: str
) -> None:
    limits = {"AccountLimit": {"ConcurrentExecutions": allowed}}
    stub("lambda").add_response("get_account_settings", limits, {})
    [(judged, says)] = found(account_checks.look_at_concurrency, patient(aws))
    assert judged == status
    assert says.startswith(f"{allowed} functions may run at once")


def test_a_role_for_access_logs_is_enough(aws: Aws, stub: Stub) -> None:
    role = {"cloudwatchRoleArn": "arn:aws:iam::000000000000:role/logs"}
    stub("apigateway").add_response("get_account", role, {})
    [(status, _)] = found(account_checks.look_at_log_role, patient(aws, AccessLogs="both"))
    assert status == "ok"
    assert found(account_checks.look_at_log_role, patient(aws, AccessLogs="rest")) == []


# --- Logs ---------------------------------------------------------------------------------------


def test_logs_are_searched_while_doctors_progress_is_shown(
    aws: Aws, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = patient(aws)
    logs = stub("logs")
    for _ in log_checks.CAUSES:
        logs.add_response("filter_log_events", {"events": []})
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    with Output().progress("Looking", 1):
        [(status, _)] = found(log_checks.look_at_logs, who)
    assert status == "ok"
    assert "Looking" in terminal.getvalue()
    assert "Searching" not in terminal.getvalue()


# --- Permissions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "code", "check", "permission"),
    [
        (
            "service-quotas",
            "get_service_quota",
            "AccessDeniedException",
            account_checks.look_at_quotas,
            "servicequotas:GetServiceQuota",
        ),
        (
            "lambda",
            "get_account_settings",
            "AccessDeniedException",
            account_checks.look_at_concurrency,
            "lambda:GetAccountSettings",
        ),
        (
            "dynamodb",
            "describe_table",
            "AccessDeniedException",
            store_checks.look_at_table,
            "dynamodb:DescribeTable",
        ),
        (
            "cloudformation",
            "get_template",
            "AccessDenied",
            stack_checks.look_at_template,
            "cloudformation:GetTemplate",
        ),
        (
            "apigateway",
            "get_account",
            "AccessDeniedException",
            account_checks.look_at_log_role,
            "apigateway:GET",
        ),
    ],
)
def test_a_permission_that_is_missing_leaves_a_check_unknown_and_is_named(
    aws: Aws,
    stub: Stub,
    service: str,
    operation: str,
    code: str,
    check: Callable[[Patient], Iterator[Finding]],
    permission: str,
) -> None:
    stub(service).add_client_error(operation, code)
    assert found(check, patient(aws, AccessLogs="both")) == [
        ("unknown", f"these credentials lack {permission}")
    ]


def test_credentials_that_aws_does_not_accept_end_the_look(aws: Aws, stub: Stub) -> None:
    stub("cloudformation").add_client_error("get_template", "ExpiredTokenException")
    diagnosis = diagnose(patient(aws))
    assert not diagnosis.is_well
    assert [each.name for each in diagnosis.findings] == ["stack", "credentials"]
    assert "sign in again" in diagnosis.findings[-1].says


def test_aws_out_of_reach_is_one_sentence(aws: Aws) -> None:
    with pytest.raises(Unreachable, match=r"Could not connect.*is the address right"):
        aws.call("sqs", "list_queues")


def test_errors_of_aws_keep_its_code_and_words(aws: Aws, stub: Stub) -> None:
    stub("sqs").add_client_error("list_queues", "InvalidAddress", "no such host")
    with pytest.raises(CliError, match="ListQueues failed: InvalidAddress: no such host"):
        aws.call("sqs", "list_queues")
    assert str(Denied("sqs:ListQueues")) == "not allowed: these credentials lack sqs:ListQueues"


# --- Stacks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "judged"),
    [
        ("UPDATE_COMPLETE", Status.OK),
        ("UPDATE_ROLLBACK_COMPLETE", Status.WARN),
        ("UPDATE_IN_PROGRESS", Status.WARN),
        ("ROLLBACK_COMPLETE", Status.FAIL),
        ("UPDATE_ROLLBACK_FAILED", Status.FAIL),
    ],
)
def test_the_status_of_the_stack_is_judged(aws: Aws, status: str, judged: Status) -> None:
    [finding] = stack_checks.look_at_stack(patient(aws, status))
    assert finding.status is judged
    assert status in finding.says or "rolled back" in finding.says


def test_a_packaged_template_is_that_of_the_checkout(aws: Aws, stub: Stub) -> None:
    text = (ROOT / "template.yaml").read_text()
    packaged = text.replace("functions/http", "s3://bucket/0123").replace(
        "layers/core\n", "s3://bucket/4567\n"
    )
    assert packaged != text
    stub("cloudformation").add_response(
        "get_template",
        {"TemplateBody": packaged},
        {"StackName": "parley", "TemplateStage": "Original"},
    )
    assert found(stack_checks.look_at_template, patient(aws)) == [
        ("ok", "the deployed template is that of this checkout")
    ]


def test_what_differs_from_the_checkout_is_named() -> None:
    ours = load_template(ROOT / "template.yaml")
    older = (
        (ROOT / "template.yaml")
        .read_text()
        .replace("VisibilityTimeout: 60", "VisibilityTimeout: 61")
    )
    names = stack_checks.differences(parse_template(older), ours)
    assert "FlushQueue" in names
    assert "Table" not in names


# --- Clock --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skew_s", "status"), [(0, "ok"), (-20, "warn"), (20, "warn"), (120, "fail"), (-120, "fail")]
)
def test_a_clock_that_differs_is_named(skew_s: int, status: str) -> None:
    import time

    headers = {"date": formatdate(time.time() + skew_s, usegmt=True)}
    finding = api_checks.judge_clock(Answer(200, headers, b"{}", 1.0))
    assert finding.status.value == status
    assert api_checks.judge_clock(Answer(200, {}, b"{}", 1.0)).status is Status.UNKNOWN


def test_what_rest_answers_is_judged() -> None:
    def judged(status: int, body: bytes = b"{}") -> list[tuple[str, str]]:
        findings = api_checks.judge_health(Answer(status, {}, body, 1.0))
        return [(each.name, each.status.value) for each in findings]

    assert judged(503) == [("rest", "fail")]
    assert judged(404) == [("rest", "fail")]
    assert judged(200, b'{"status": "ok"}') == [("rest", "ok"), ("redis", "ok")]
    assert judged(200, b'{"status": "degraded"}') == [("rest", "ok"), ("redis", "fail")]


@pytest.mark.parametrize(
    ("status", "judged"), [(401, "ok"), (403, "ok"), (101, "fail"), (500, "fail"), (429, "fail")]
)
def test_a_handshake_without_a_token_must_be_refused(status: int, judged: str) -> None:
    assert api_checks.judge_handshake(status).status.value == judged
