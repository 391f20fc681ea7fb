"""Parley as `sam build` and `sam deploy` make it of the checkout, in the emulator of AWS.

What is not as on AWS: the layer is built for this machine, and Redis is a Valkey beside it whose
URL is in a secret (`RedisMode=external`). Its functions run in processes of the emulator's Python.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.servers import EMULATOR_PYTHON, Server, start_emulator
from tests.support.places import Deployed
from tests.support.stack import ROOT
from tests.support.valkeys import SETTINGS, some_valkey

REGION = "us-east-1"
KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
SAM = ROOT / ".venv-sam/bin/sam"
PAGE = "https://app.example"
ALIAS = "live"
# Tests do in seconds what people do in minutes.
RAISED = {
    "MessagesPer10s": "100000",
    "MessagesPerMinute": "100000",
    "RequestsPerMinute": "100000",
    "ConnectsPerMinute": "100000",
    "ConnectionsPerUser": "100",
}
# Cold starts, all at once, on a busy machine.
PATIENT = Config(read_timeout=120, retries={"total_max_attempts": 1})

# How long each phase took; printed at the end of the run.
took_s: dict[str, float] = {}


class SamFailed(Exception):
    """Raised when sam fails; its text is what sam said."""


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Measure."""
    began = time.monotonic()
    try:
        yield
    finally:
        took_s[name] = took_s.get(name, 0) + time.monotonic() - began


def client_of(url: str, service: str) -> Any:
    """Return a client of one of the emulator's services."""
    options = {"endpoint_url": url, "region_name": REGION, "config": PATIENT}
    return boto3.client(service, **options, **KEYS)


@dataclass(frozen=True, slots=True)
class Cloud:
    """The emulator of AWS.

    Attributes:
        url: Its address, for all of its services.
        redis_secret_arn: Of the secret that holds Redis's URL.
    """

    url: str
    redis_secret_arn: str

    def client(self, service: str) -> Any:
        """Return a client of one of its services."""
        return client_of(self.url, service)

    def sam(self, *arguments: str | Path) -> str:
        """Run sam against this emulator; gives what it said.

        Raises:
            SamFailed: It did.
        """
        ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = {
            **ours,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            **{name.upper(): value for name, value in KEYS.items()},
            "SAM_CLI_TELEMETRY": "0",
            "LAYER_PLATFORM": "host",
            "LAYER_PYTHON": str(EMULATOR_PYTHON),
        }
        done = subprocess.run(
            [SAM, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SamFailed(done.stdout)
        return done.stdout


@dataclass(frozen=True, slots=True)
class DeployedStack:
    """A stack of the built template.

    Attributes:
        name: The stack's.
        template: What `sam build` wrote.
    """

    cloud: Cloud
    name: str
    template: Path

    def deploy(self, **parameters: str) -> None:
        """Create or update it, with the checkout's samconfig.toml."""
        chosen = {
            "RedisMode": "external",
            "RedisSecretArn": self.cloud.redis_secret_arn,
            # CodeDeploy is not among the emulator's services.
            "GradualDeployments": "false",
            "RedisCluster": SETTINGS.get("PARLEY_REDIS_CLUSTER", "false"),
            "AllowedOrigins": PAGE,
            **RAISED,
            **parameters,
        }
        self.cloud.sam(
            "deploy",
            *("--template-file", self.template),
            *("--config-file", ROOT / "samconfig.toml"),
            *("--stack-name", self.name),
            "--no-confirm-changeset",
            "--parameter-overrides",
            *(f"{name}={value}" for name, value in chosen.items()),
        )

    def outputs(self) -> dict[str, str]:
        """Return the stack's outputs."""
        found = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)
        return {each["OutputKey"]: each["OutputValue"] for each in found["Stacks"][0]["Outputs"]}

    def resources(self, kind: str) -> dict[str, str]:
        """Return the physical ids of all resources of a type, by logical id."""
        pages = self.cloud.client("cloudformation").get_paginator("list_stack_resources")
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for page in pages.paginate(StackName=self.name)
            for each in page["StackResourceSummaries"]
            if each["ResourceType"] == kind
        }

    def place(self) -> Deployed:
        """Return where people find it: at the address at which the emulator serves its APIs."""
        outputs = self.outputs()
        kept = self.cloud.client("secretsmanager").get_secret_value(
            SecretId=outputs["JwtSecretArn"]
        )
        return Deployed(
            ws=_here(outputs["WebSocketUrl"], self.cloud.url).replace("http://", "ws://"),
            api_url=_here(outputs["RestUrl"], self.cloud.url) + "/$default",
            secret=kept["SecretString"],
            page=PAGE,
        )

    def invoke(self, logical_id: str, event: Mapping[str, Any]) -> tuple[Any, str | None]:
        """Invoke a function's current version; gives what it returned, and its error if it did."""
        function = self.resources("AWS::Lambda::Function")[logical_id]
        answer = self.cloud.client("lambda").invoke(
            FunctionName=function, Qualifier=ALIAS, Payload=json.dumps(event)
        )
        return json.loads(answer["Payload"].read()), answer.get("FunctionError")

    def answers(self) -> dict[str, tuple[Any, str | None]]:
        """Invoke every function with its sample event, two at a time; also a warm start for all."""
        names = self.resources("AWS::Lambda::Function")
        with ThreadPoolExecutor(max_workers=2) as pool:
            return dict(zip(names, pool.map(self._answer, names), strict=True))

    def _answer(self, logical_id: str) -> tuple[Any, str | None]:
        sample = logical_id.removesuffix("Function").lower()
        return self.invoke(logical_id, json.loads((ROOT / f"events/{sample}.json").read_text()))


def _here(url: str, emulator: str) -> str:
    api_id, _, rest = url.partition("://")[2].partition(".")
    _, slash, stage = rest.partition("/")
    return f"{emulator}/_aws/execute-api/{api_id}{slash}{stage}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """What all tests of a run share.

    Attributes:
        answers: What each function answered to its sample event, and its error.
    """

    stack: DeployedStack
    answers: Mapping[str, tuple[Any, str | None]]

    @property
    def cloud(self) -> Cloud:
        """Return where it is."""
        return self.stack.cloud


@contextmanager
def deployed() -> Iterator[Deployment]:
    """Build, deploy, and end it all at the end of the block."""
    with ExitStack() as used:
        folder = Path(used.enter_context(tempfile.TemporaryDirectory(prefix="parley-deployed-")))
        redis_url = used.enter_context(some_valkey())
        server: Server = used.enter_context(start_emulator(folder / "aws", folder))
        url = server.ready()
        kept = client_of(url, "secretsmanager").create_secret(Name="redis", SecretString=redis_url)
        cloud = Cloud(url, kept["ARN"])
        with phase("sam build"):
            # A folder of its own: no layer of this machine may ever be deployed to AWS.
            cloud.sam("build", "--no-cached", "--build-dir", folder / "build")
        stack = DeployedStack(cloud, "parley", folder / "build/template.yaml")
        with phase("sam deploy"):
            stack.deploy()
        with phase("cold starts"):
            answers = stack.answers()
        yield Deployment(stack, answers)
