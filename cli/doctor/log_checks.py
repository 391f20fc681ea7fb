"""What the functions themselves say is wrong: one line each names a cause (docs/operations.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.doctor.findings import Check, Finding, Patient, fail, ok, warn
from cli.output import Output
from cli.where.lines import read
from cli.where.sources import source_of

# What keeps a deployment from working, and what to do about it.
CAUSES = {
    "setting_bad": "correct the parameter and deploy again",
    "secret_unreadable": "see that the secret is there, and that its ARN is the one deployed",
    "redis_unreachable": "see docs/runbooks/ for the Redis that is out of reach",
    "issuer_wrong": "let your login issue tokens with this iss, or deploy with JwtIssuer as theirs",
    "audience_wrong": "let your login issue tokens with this aud, or deploy with JwtAudience",
    "keys_missing": "see that JwksUrl has keys, and that the functions reach it",
}
# What says that it is over.
_OVER = {"redis_unreachable": "redis_reached_again"}
# A stranger's token, or one of another stage, makes no deployment ill.
_OF_TOKENS = frozenset({"issuer_wrong", "audience_wrong"})


def look_at_logs(patient: Patient) -> Iterator[Finding]:
    """Find the lines of the last minutes that name a cause."""
    source = source_of(patient.target, Output(is_quiet=True))
    until = datetime.now(UTC) + timedelta(minutes=1)
    since = until - patient.look_back
    quiet = True

    def lines_of(event: str) -> list[dict[str, Any]]:
        lines = [fields for fields in map(read, source.find([event], since, until)) if fields]
        return [line for line in lines if line.get("message") == event and _at(line) >= since]

    for event, todo in CAUSES.items():
        if found := lines_of(event):
            quiet = False
            ended = lines_of(_OVER[event]) if event in _OVER else []
            is_over = bool(ended) and _at(ended[-1]) > _at(found[-1])
            yield _finding(event, found, todo, is_over=is_over)
    if quiet:
        minutes = patient.look_back.total_seconds() / 60
        yield ok("logs", f"no function has named a cause in the last {minutes:.0f} minutes")


def _at(fields: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(fields["timestamp"])


def _finding(event: str, found: list[dict[str, Any]], todo: str, *, is_over: bool) -> Finding:
    last = found[-1]
    named = [str(last[key]) for key in ("address", "reason", "cause") if last.get(key)]
    says = f"{last.get('function_name', 'a function')} says {': '.join([event, *named])}"
    if len(found) > 1:
        says += f" ({len(found)} times)"
    if is_over:
        return warn("logs", f"{says}; it is over", todo)
    return (warn if event in _OF_TOKENS else fail)("logs", says, todo)


CHECKS = (Check("logs", look_at_logs, "allow logs:FilterLogEvents"),)
