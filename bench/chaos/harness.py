"""A Parley between faults: Valkey and DynamoDB behind proxies, and verbs by name."""

import asyncio
import json
import platform
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from bench.chaos.catalogue import USES
from bench.chaos.plan import Plan
from local.servers import EMULATOR_PYTHON
from tests.support.faults.dynamodb import DynamoFaults, dynamo_faults, stand_before
from tests.support.faults.gateway import GatewayFaults
from tests.support.faults.valkey import ValkeyUnderTest
from tests.support.stack import ROOT, Stack, running_stack

REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class Harness:
    """A running Parley and what can be broken of it."""

    stack: Stack
    gateway: GatewayFaults
    valkey: ValkeyUnderTest
    dynamodb: DynamoFaults

    async def begin(self, verb: str) -> None:
        """Let a fault happen; one that lasts goes on until :meth:`end`."""
        family, _, name = verb.partition(".")
        method = getattr(getattr(self, family), name)
        await asyncio.to_thread(method, **USES[verb].arguments)

    async def end(self, verb: str) -> None:
        """End all faults of a verb's family."""
        await asyncio.to_thread(getattr(self, verb.partition(".")[0]).clear)

    async def clear(self) -> None:
        """End all faults."""
        for family in (self.gateway, self.valkey, self.dynamodb):
            await asyncio.to_thread(family.clear)

    def dead_letters(self) -> dict[str, int]:
        """Count what is in the dead-letter queues, by queue."""
        port = int((self.stack.data_dir / "aws" / "port").read_text())
        made_up = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        sqs = boto3.client(
            "sqs", endpoint_url=f"http://127.0.0.1:{port}", region_name=REGION, **made_up
        )
        counts = {}
        for url in sqs.list_queues().get("QueueUrls", ()):
            name = url.rpartition("/")[2]
            if "DeadLetters" in name:
                asked = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
                found = sqs.get_queue_attributes(**asked)["Attributes"]
                counts[name] = int(found["ApproximateNumberOfMessages"])
        return counts

    def keep_logs(self, folder: Path) -> None:
        """Copy the logs, to find out why something went wrong."""
        shutil.copytree(self.stack.data_dir / "logs", folder, dirs_exist_ok=True)

    def versions(self) -> dict[str, str]:
        """Return the versions of what takes part."""
        with self.valkey.admin() as admin:
            server = admin.info("server")
        return {
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}",
            "valkey": str(server.get("valkey_version") or server["redis_version"]),
            "ministack": _emulator_version(),
            "commit": _said("git", "rev-parse", "--short", "HEAD"),
        }


@contextmanager
def harness(plan: Plan) -> Iterator[Harness]:
    """Start everything, and end it."""
    with (
        ValkeyUnderTest(plan.seed) as valkey,
        dynamo_faults(seed=plan.seed) as dynamodb,
        running_stack(
            {
                **plan.settings(),
                "REDIS_URL": valkey.url,
                "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.url,
            }
        ) as stack,
        GatewayFaults(stack) as gateway,
    ):
        stand_before(stack, dynamodb)
        yield Harness(stack, gateway, valkey, dynamodb)


def _emulator_version() -> str:
    asked = "import json, importlib.metadata as m; print(json.dumps(m.version('ministack')))"
    return str(json.loads(_said(str(EMULATOR_PYTHON), "-c", asked)))


def _said(*command: Any) -> str:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
