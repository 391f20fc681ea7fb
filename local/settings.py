"""The settings of `make run`, read from the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from local.errors import StartError

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT = 8080
STACK_NAME = "parley-local"

HELP = """\
usage: make run, or python -m local

Starts Parley on this machine. Settings come from the environment:

  PORT                        where to listen on 127.0.0.1 (8080); 0 takes any free port
  REDIS_URL                   use this Redis or Valkey instead of an embedded one
  PARLEY_REDIS_CLUSTER=true   it is a cluster
  PARLEY_AWS=1                use DynamoDB, S3 and SQS of a real account, with its credentials
  PARLEY_LOCAL_DIR            where data, logs and the token secret are kept (.local)
  PARLEY_...                  settings of Parley itself, such as PARLEY_MESSAGES_PER_MINUTE
  AWS_ENDPOINT_URL_DYNAMODB   where Parley finds DynamoDB, if it is to go through a proxy

  GATEWAY_IDLE_TIMEOUT_S      end a connection that was silent for so long (600)
  GATEWAY_MAX_CONNECTION_S    end every connection after so long (7200)
  GATEWAY_CONCURRENCY         processes that one function may have (4)
  GATEWAY_WARM                processes that each function has from the start (1)
  GATEWAY_SCHEDULE_SCALE      real seconds for each scheduled one (1)
  GATEWAY_CONNECT_RATE_PER_S  new connections a second (500)
  GATEWAY_QUEUE_RETRY_S       when failed queue records come again (their queue's setting)
  GATEWAY_REORDER             probability that a frame is overtaken by later ones (0)
  GATEWAY_INLINE=1            run handlers inside the gateway's own process, for a debugger
  GATEWAY_FAULT_CONTROL=1     serve /_gateway/faults, with which tests break things
  GATEWAY_FAULT_SEED          seed of random faults
"""


def _switch(text: str) -> bool:
    if text not in ("", "0", "1"):
        raise ValueError("1 or 0")
    return text == "1"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number") from None


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("a whole number") from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError("a port, 0 to 65535")
    return int(text)


_GATEWAY_OPTIONS: dict[str, Callable[[str], object]] = {
    "idle_timeout_s": _number,
    "max_connection_s": _number,
    "concurrency": _whole,
    "warm": _whole,
    "schedule_scale": _number,
    "connect_rate_per_s": _number,
    "queue_retry_s": _number,
    "reorder": _number,
    "inline": _switch,
    "fault_control": _switch,
    "fault_seed": _whole,
}
# Ours to understand, and nothing that a function would.
_OWN = ("PARLEY_AWS", "PARLEY_LOCAL_DIR")
# Of the SDK, which puts it before the emulator's address; nothing else here heeds it.
_DYNAMODB = "AWS_ENDPOINT_URL_DYNAMODB"


@dataclass(frozen=True, slots=True)
class Settings:
    """What `make run` was asked to do.

    Attributes:
        port: Where to listen; 0 takes any free port.
        data_dir: Where everything is kept that survives.
        redis_url: The Redis to use, or None for an embedded Valkey.
        uses_aws: True for a real AWS account, False for the emulator.
        region: The AWS region, also of the emulator.
        gateway: Options of `GatewayConfig` that differ from their defaults.
        functions: Environment variables for every function.
    """

    port: int = DEFAULT_PORT
    data_dir: Path = ROOT / ".local"
    redis_url: str | None = None
    uses_aws: bool = False
    region: str = "us-east-1"
    gateway: Mapping[str, object] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read and check the settings.

        Raises:
            StartError: With the name of the variable that cannot be understood.
        """
        port = _read(environment, "PORT", _port)
        data_dir = environment.get("PARLEY_LOCAL_DIR")
        regions = (environment.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        return cls(
            port=DEFAULT_PORT if port is None else port,
            data_dir=Path(data_dir).resolve() if data_dir else cls().data_dir,
            redis_url=environment.get("REDIS_URL") or None,
            uses_aws=bool(_read(environment, "PARLEY_AWS", _switch)),
            region=next(filter(None, regions), cls().region),
            gateway=_gateway_options(environment),
            functions={
                name: value
                for name, value in environment.items()
                if name == _DYNAMODB or (name.startswith("PARLEY_") and name not in _OWN)
            },
        )


def _gateway_options(environment: Mapping[str, str]) -> dict[str, object]:
    read = {
        option: _read(environment, f"GATEWAY_{option.upper()}", parse)
        for option, parse in _GATEWAY_OPTIONS.items()
    }
    return {option: value for option, value in read.items() if value is not None}


def _read(environment: Mapping[str, str], name: str, parse: Callable[[str], T]) -> T | None:
    text = environment.get(name, "").strip()
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise StartError(f"{name} is {error}, not {text!r}") from error
