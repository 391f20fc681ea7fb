"""What the account allows: quotas that are raised before going live, and the role for logs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from cli.doctor.findings import Check, Finding, Patient, fail, ok, unknown, warn
from cli.errors import AwsRefused

_RAISE = "raise it in Service Quotas before going live (docs/limits.md)"


@dataclass(frozen=True, slots=True)
class Quota:
    """One of Service Quotas, with the value that accounts usually have.

    Attributes:
        usual: What the limits of docs/limits.md are computed from; below it, something gives.
    """

    service: str
    code: str
    what: str
    usual: int


QUOTAS = (
    Quota("apigateway", "L-9ED1E49A", "new WebSocket connections a second", 500),
    Quota("apigateway", "L-8A5B8E43", "requests and pushes a second of all APIs", 10_000),
)
LAMBDA_USUAL = 1_000


def look_at_concurrency(patient: Patient) -> Iterator[Finding]:
    """Judge how many functions may run at once: new accounts often have 10."""
    if not patient.is_deployed:
        return
    limits = patient.target.aws.call("lambda", "get_account_settings")["AccountLimit"]
    allowed = int(limits["ConcurrentExecutions"])
    says = f"{allowed} functions may run at once in this account"
    if allowed < LAMBDA_USUAL:
        yield warn("concurrency", f"{says}, where {LAMBDA_USUAL} are usual", _RAISE)
    else:
        yield ok("concurrency", says)


def look_at_quotas(patient: Patient) -> Iterator[Finding]:
    """Judge API Gateway's quotas of this account and Region."""
    if not patient.is_deployed:
        return
    for quota in QUOTAS:
        value = _value(patient, quota)
        if value is None:
            yield unknown(
                "quotas", f"Service Quotas does not tell {quota.what} ({quota.code})", _RAISE
            )
        elif value < quota.usual:
            yield warn("quotas", f"{value:g} {quota.what}, where {quota.usual} are usual", _RAISE)
        else:
            yield ok("quotas", f"{value:g} {quota.what}")


def _value(patient: Patient, quota: Quota) -> float | None:
    """Return what is applied to the account, or else the default; None if nobody knows it."""
    names = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    for operation in ("get_service_quota", "get_aws_default_service_quota"):
        # What was never changed may be known by its default only; emulators know none.
        with contextlib.suppress(AwsRefused):
            answer = patient.target.aws.call("service-quotas", operation, **names)
            return float(answer["Quota"]["Value"])
    return None


def look_at_log_role(patient: Patient) -> Iterator[Finding]:
    """See that API Gateway may write the WebSocket's access log; the HTTP API needs no role."""
    if not patient.is_deployed or patient.parameters.get("AccessLogs") != "both":
        return
    account = patient.target.aws.call("apigateway", "get_account")
    if account.get("cloudwatchRoleArn"):
        yield ok("log role", "API Gateway has a role to write access logs with")
    else:
        yield fail(
            "log role",
            "API Gateway has no role in this Region to write access logs with",
            "deploy with ManageApiGatewayAccount=true, or AccessLogs=rest, which needs none",
        )


CHECKS = (
    Check("concurrency", look_at_concurrency, _RAISE),
    Check("quotas", look_at_quotas, _RAISE),
    Check("log role", look_at_log_role, "see docs/deploy.md"),
)
