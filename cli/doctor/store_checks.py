"""What keeps data, and what tells when something is lost: table, dead letters, alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.doctor.findings import Check, Finding, Patient, fail, ok, warn
from cli.redrive import ROUTES

_ALARM = "AWS::CloudWatch::Alarm"


def look_at_table(patient: Patient) -> Iterator[Finding]:
    """Judge the table: there, protected, backed up, and forgetting what has expired."""
    aws, name = patient.target.aws, patient.target.stack.resource("Table")
    table = aws.call("dynamodb", "describe_table", TableName=name)["Table"]
    if table["TableStatus"] != "ACTIVE":
        yield fail("table", f"table {name} is {table['TableStatus']}", "wait, or restore it")
        return
    yield ok("table", f"table {name} is there")
    if not table.get("StreamSpecification", {}).get("StreamEnabled"):
        yield fail("stream", f"table {name} has no stream: relay sees nothing", "deploy again")
    if patient.is_deployed:
        yield _protection(table)
        yield _recovery(patient, name)
        yield _expiry(patient, name)


def _protection(table: dict[str, Any]) -> Finding:
    if table.get("DeletionProtectionEnabled"):
        return ok("deletion protection", "nobody deletes the table by mistake")
    return warn(
        "deletion protection", "the table can be deleted by mistake", "deploy with ProtectData=true"
    )


def _recovery(patient: Patient, name: str) -> Finding:
    answer = patient.target.aws.call("dynamodb", "describe_continuous_backups", TableName=name)
    described = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if described.get("PointInTimeRecoveryStatus") == "ENABLED":
        days = described.get("RecoveryPeriodInDays", 35)
        return ok("backups", f"any second of the last {days} days can be restored")
    return warn(
        "backups", "the table cannot be restored: no point-in-time recovery", "deploy again"
    )


def _expiry(patient: Patient, name: str) -> Finding:
    answer = patient.target.aws.call("dynamodb", "describe_time_to_live", TableName=name)
    described = answer["TimeToLiveDescription"]
    if described.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        return ok("expiry", f"expired items are removed ({described.get('AttributeName')})")
    return warn("expiry", "expired items are kept for ever: no time to live", "deploy again")


def look_at_dead_letters(patient: Patient) -> Iterator[Finding]:
    """Count what could not be done."""
    names = {name: route.letters for name, route in ROUTES.items()}
    full = 0
    for name, logical_id in names.items():
        count = _letters(patient, patient.target.stack.resource(logical_id))
        if count:
            full += 1
            yield fail(
                "dead letters",
                f"{count} of {name}'s records failed for good",
                f"see why in the logs, mend it, then `parley redrive {name}`",
            )
    if not full:
        yield ok("dead letters", "nothing has failed for good")


def _letters(patient: Patient, url: str) -> int:
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = patient.target.aws.call(
        "sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=counts
    )
    return sum(int(answer["Attributes"][count]) for count in counts)


def look_at_alarms(patient: Patient) -> Iterator[Finding]:
    """Name the stack's alarms that have gone off, and see that somebody is told."""
    if not patient.is_deployed:
        return
    names = patient.target.stack.of_type(_ALARM)
    if not names:
        yield warn("alarms", "the stack has no alarms", "deploy with AlarmsEnabled=true")
        return
    found = _alarms(patient, names)
    for alarm in found:
        if alarm["StateValue"] == "ALARM":
            yield fail(
                "alarms",
                f"alarm {alarm['AlarmName']} has gone off: {alarm.get('AlarmDescription', '')}",
                "see its page in docs/runbooks/",
            )
    if not any(alarm["StateValue"] == "ALARM" for alarm in found):
        yield ok("alarms", f"none of {len(found)} alarms has gone off")
    if not any(alarm.get("AlarmActions") for alarm in found):
        yield warn(
            "alarm actions",
            "nobody is told when an alarm goes off",
            "deploy with AlarmEmail or AlarmTopicArn",
        )


def _alarms(patient: Patient, names: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for start in range(0, len(names), 100):
        asked = names[start : start + 100]
        for page in patient.target.aws.pages("cloudwatch", "describe_alarms", AlarmNames=asked):
            found += page["MetricAlarms"]
    return found


CHECKS = (
    Check("table", look_at_table, "deploy again, or restore it (docs/backup.md)"),
    Check("dead letters", look_at_dead_letters, "deploy again"),
    Check("alarms", look_at_alarms, "deploy again"),
)
