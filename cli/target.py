"""Which Parley is meant: one that is deployed, one in an emulator, or one on this machine."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cli.aws import Aws
from cli.errors import CliError, WrongUse
from cli.stacks import Stack, find_stack

DEFAULT_STACK = "parley"
_EXECUTE_API = re.compile(r"\w+://(?P<api>[A-Za-z0-9]+)\.execute-api\.[^/]+(?P<path>/.*)?")


@dataclass(frozen=True)
class Local:
    """A Parley that `make run` started here.

    Attributes:
        origin: Where it listens, as ``http://127.0.0.1:8080``.
        log: Where its functions log to.
    """

    origin: str
    log: Path


@dataclass(frozen=True)
class Target:
    """A Parley, and how to ask about it. Nothing is asked before it is needed.

    Attributes:
        local: Where it is on this machine; None for one that is deployed.
    """

    aws: Aws
    stack_name: str
    local: Local | None = None

    @cached_property
    def stack(self) -> Stack:
        """What CloudFormation knows of it; raises `CliError`."""
        return find_stack(self.aws, self.stack_name)

    @cached_property
    def rest_url(self) -> str:
        """Where its REST API is, without a slash at the end."""
        if self.local is not None:
            return f"{self.local.origin}/api"
        return self._reachable(self._output("RestUrl"))

    @cached_property
    def ws_url(self) -> str:
        """Where its WebSocket API is."""
        if self.local is not None:
            return f"{self.local.origin.replace('http', 'ws', 1)}/v1"
        return self._reachable(self._output("WebSocketUrl")).replace("http", "ws", 1)

    def _output(self, name: str) -> str:
        if name not in self.stack.outputs:
            raise CliError(f"stack {self.stack_name} has no output {name}: is it a Parley?")
        return self.stack.outputs[name]

    def _reachable(self, url: str) -> str:
        """Return where an API's address really is: an emulator has none of AWS's host names."""
        found = _EXECUTE_API.fullmatch(url)
        if self.aws.endpoint_url is None or found is None:
            return url.rstrip("/")
        # `$default` has no part in AWS's address, and one in the emulator's.
        path = found["path"] or "/$default"
        return f"{self.aws.endpoint_url.rstrip('/')}/_aws/execute-api/{found['api']}{path}"


def target_of(
    stack: str | None,
    region: str | None,
    endpoint_url: str | None,
    *,
    local: bool,
) -> Target:
    """Return what the options mean.

    Raises:
        WrongUse: They contradict each other.
        CliError: No Parley runs here, though one is meant.
    """
    if not local:
        return Target(Aws(region, endpoint_url), stack or DEFAULT_STACK)
    if stack or endpoint_url:
        raise WrongUse("--local is a Parley of its own: leave --stack and --endpoint-url away")
    return _local_target(region)


def _local_target(region: str | None) -> Target:
    from local.errors import StartError
    from local.settings import STACK_NAME, Settings

    try:
        settings = Settings.from_environment(os.environ)
    except StartError as exc:
        raise WrongUse(str(exc)) from exc
    origin = f"http://127.0.0.1:{settings.port}"
    _require_running(origin)
    endpoint_url = None
    if not settings.uses_aws:
        port = settings.data_dir / "aws" / "port"
        if not port.is_file():
            raise CliError(
                f"{settings.data_dir} is not where the Parley at {origin} keeps its data: "
                "set PARLEY_LOCAL_DIR as for `make run`"
            )
        endpoint_url = f"http://127.0.0.1:{port.read_text().strip()}"
    log = settings.data_dir / "logs" / "functions.log"
    return Target(Aws(region or settings.region, endpoint_url), STACK_NAME, Local(origin, log))


def _require_running(origin: str) -> None:
    from cli.http import fetch

    try:
        fetch("GET", f"{origin}/api/healthz")
    except CliError as exc:
        raise CliError(
            f"no Parley answers at {origin}: start one with `make run`, or set PORT as for it"
        ) from exc
