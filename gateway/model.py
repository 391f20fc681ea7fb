"""What a template says, once every value in it is known. Plain data, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.filters import Pattern

DEFAULT_ROUTE = "$default"
CONNECT_ROUTE = "$connect"
DISCONNECT_ROUTE = "$disconnect"


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function; `logical_id` is its key in the template and everywhere here."""

    logical_id: str
    name: str
    handler: str
    code_dir: Path
    layer_dirs: tuple[Path, ...]
    environment: Mapping[str, str]
    timeout_s: float
    memory_mb: int


@dataclass(frozen=True, slots=True)
class Route:
    """A route of a WebSocket API; `two_way` means the function's body goes to the client."""

    key: str
    function: str
    timeout_s: float
    two_way: bool


@dataclass(frozen=True, slots=True)
class Authorizer:
    """The REQUEST authorizer of `$connect`; all its identity sources must be there."""

    function: str
    identity_sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WebSocketApi:
    """A WebSocket API and its routes by key."""

    api_id: str
    stage: str
    selection_expression: str
    routes: Mapping[str, Route]
    authorizer: Authorizer | None


@dataclass(frozen=True, slots=True)
class HttpRoute:
    """A route of an HTTP API, as `GET /things/{id}`, `ANY /{proxy+}` or `$default`."""

    key: str
    function: str
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Cors:
    """The CORS rules that an HTTP API answers preflights with, itself."""

    allow_origins: tuple[str, ...]
    allow_methods: tuple[str, ...]
    allow_headers: tuple[str, ...]
    expose_headers: tuple[str, ...]
    allow_credentials: bool
    max_age_s: int | None


@dataclass(frozen=True, slots=True)
class HttpApi:
    """An HTTP API with payload format 2.0."""

    api_id: str
    stage: str
    routes: tuple[HttpRoute, ...]
    cors: Cors | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function that is invoked every `period_s` seconds with `event`."""

    function: str
    period_s: float
    event: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue whose records invoke a function."""

    function: str
    queue_arn: str
    batch_size: int
    partial_failures: bool
    max_concurrency: int | None


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A DynamoDB stream whose records invoke a function.

    Attributes:
        max_retries: None is for ever.
        window_s: How long a batch that is not full waits for more records.
        patterns: Which records reach the function; none of them: all.
    """

    function: str
    stream_arn: str
    batch_size: int
    starting_position: str
    partial_failures: bool
    bisect: bool
    max_retries: int | None
    window_s: float = 0.0
    patterns: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """All that the gateway runs."""

    functions: Mapping[str, Function]
    websocket_apis: tuple[WebSocketApi, ...] = ()
    http_api: HttpApi | None = None
    schedules: tuple[Schedule, ...] = ()
    queues: tuple[QueueSource, ...] = ()
    streams: tuple[StreamSource, ...] = ()
    warnings: tuple[str, ...] = field(default=())
