"""What a deployment is made of, as far as it is billed: read from template.yaml."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.template import load_template
from parley.measures import METRICS
from tools.evaluate_template import evaluated

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
DAYS = 30
HOURS = 24 * DAYS
MINUTES = 60 * HOURS
_SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:redis-AbCdEf"

# The ways of having Redis, and their parameters.
MODES: Mapping[str, Mapping[str, str]] = {
    "vpc": {"RedisMode": "vpc"},
    "vpc, ipv6": {"RedisMode": "vpc", "VpcEgress": "ipv6"},
    "public": {"RedisMode": "public"},
    "external": {"RedisMode": "external", "RedisSecretArn": _SECRET},
}
# A serverless Valkey is billed for at least so much.
CACHE_GB = 0.1
# How Lambda polls a queue in which there is nothing: so many at once, each waiting so long. UNSURE.
POLLERS = 5
POLL_S = 20
# What Lambda itself logs of an invocation (START, END, REPORT) unless it is told to be brief.
PLATFORM_LOG_BYTES = 300
BRIEF = ("WARN", "ERROR")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is there all month.

    Attributes:
        fixed: Quantities by the id of their price.
        polls: Requests by which Lambda looks into queues, a month.
        sweeps: Invocations by the schedule, a month.
        memory_mb: Of a function.
        platform_log_bytes: Of an invocation.
        has_nat: Whether pushes go through a NAT gateway.
    """

    fixed: Mapping[str, float]
    polls: int
    sweeps: int
    memory_mb: int
    platform_log_bytes: int
    has_nat: bool


@cache
def deployment(mode: str) -> Deployment:
    """Return what is deployed in a mode of Redis, with all other parameters as they are."""
    template = load_template(TEMPLATE)
    resources: Mapping[str, Json] = evaluated(template, MODES[mode])["Resources"]
    kinds = Counter(each["Type"] for each in resources.values())
    events = [
        event
        for each in resources.values()
        for event in each.get("Properties", {}).get("Events", {}).values()
    ]
    queues = sum(event["Type"] == "SQS" for event in events)
    (schedule,) = (each for each in events if each["Type"] == "ScheduleV2")
    assert schedule["Properties"]["ScheduleExpression"] == "rate(1 minute)"
    shared = template["Globals"]["Function"]
    return Deployment(
        fixed=_fixed(kinds, mode),
        polls=queues * POLLERS * MINUTES * 60 // POLL_S,
        sweeps=MINUTES,
        memory_mb=int(shared["MemorySize"]),
        platform_log_bytes=_platform_log_bytes(shared.get("LoggingConfig", {})),
        has_nat=kinds["AWS::EC2::NatGateway"] > 0,
    )


def _fixed(kinds: Mapping[str, int], mode: str) -> dict[str, float]:
    given = sum("SecretArn" in name for name in MODES[mode])
    found = {
        "nat_hour": kinds["AWS::EC2::NatGateway"] * HOURS,
        "ipv4_hour": kinds["AWS::EC2::EIP"] * HOURS,
        "cache_gb_hour": kinds["AWS::ElastiCache::ServerlessCache"] * HOURS * CACHE_GB,
        "secret": kinds["AWS::SecretsManager::Secret"] + given,
        "alarm": kinds["AWS::CloudWatch::Alarm"],
        "dashboard": kinds["AWS::CloudWatch::Dashboard"],
        "metric": len(METRICS),
    }
    return {name: quantity for name, quantity in found.items() if quantity}


def _platform_log_bytes(logging: Mapping[str, str]) -> int:
    brief = logging.get("LogFormat") == "JSON" and logging.get("SystemLogLevel") in BRIEF
    return 0 if brief else PLATFORM_LOG_BYTES
