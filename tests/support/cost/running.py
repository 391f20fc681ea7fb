"""Starts what is real: Valkey, the emulator with table, stream, queues, secret, a push target."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from local.servers import emulator, valkey
from parley import bootstrap
from parley.adapters.memory.clock import MemoryClock
from parley.bootstrap import App
from parley.settings import Settings
from tests.contract.management_api import ManagementApi
from tests.support.cost.adapters import TimedAdapters
from tests.support.cost.aws_requests import counting_aws
from tests.support.cost.cloud import REGION, Cloud, Meters, undelayed
from tests.support.cost.meters import RedisMeter, counting_logs

TABLE = "parley"
SECRET = "a-secret-of-at-least-32-bytes-for-hs256"
# Nobody may be counted a try more, or a push less, because the machine is busy.
PATIENT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Made:
    """What was made in the emulator."""

    queues: dict[str, str]
    secret_arn: str


@contextmanager
def running_cloud() -> Iterator[Cloud]:
    """Run everything until the end of the block."""
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        redis_url = stack.enter_context(valkey())
        endpoint_url = stack.enter_context(emulator())
        management = stack.enter_context(ManagementApi())
        for name, value in _environment(endpoint_url).items():
            environment.setenv(name, value)
        made = _make()
        delays_s: list[float] = []
        aws = stack.enter_context(counting_aws(endpoint_url))
        logs, metrics = stack.enter_context(counting_logs())
        stack.enter_context(undelayed(delays_s))
        clock = MemoryClock(datetime.now(UTC).replace(microsecond=0))
        settings = _settings(redis_url, management.url, made)
        app = App(settings, TimedAdapters(settings, clock))
        stack.callback(bootstrap.use, None)
        bootstrap.use(app)
        redis = RedisMeter(redis_url)
        stack.callback(redis.close)
        meters = Meters(aws, redis, logs, metrics)
        yield Cloud(app, clock, meters, management, made.queues, TABLE, delays_s)


def _environment(endpoint_url: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        # As long as that of a function's role is, about: each push carries it.
        "AWS_SESSION_TOKEN": "t" * 900,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "POWERTOOLS_METRICS_NAMESPACE": "Parley/parley-production",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    }


def _settings(redis_url: str, ws_endpoint: str, made: Made) -> Settings:
    """Return the defaults, but for places and patience."""
    return Settings(
        table=TABLE,
        redis_url=redis_url,
        redis_timeout_ms=PATIENT_MS,
        ws_endpoint=ws_endpoint,
        flush_queue_url=made.queues["flush"],
        fanout_queue_url=made.queues["fanout"],
        jwt_secret_arn=made.secret_arn,
        push_budget_ms=PATIENT_MS,
        queue_timeout_ms=PATIENT_MS,
        commit_budget_ms=PATIENT_MS,
    )


def _make() -> Made:
    session = boto3.Session()
    dynamodb: Any = session.client("dynamodb")
    dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    sqs: Any = session.client("sqs")
    queues = {n: sqs.create_queue(QueueName=n)["QueueUrl"] for n in ("flush", "fanout")}
    secrets: Any = session.client("secretsmanager")
    secret = secrets.create_secret(Name="jwt", SecretString=SECRET)
    return Made(queues, str(secret["ARN"]))
