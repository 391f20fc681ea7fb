"""The settings of a gateway, and its one public error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MAX_INTEGRATION_TIMEOUT_S = 29.0
"""API Gateway gives up on an integration after 29 s; no quota raises it for WebSocket APIs."""


class GatewayError(Exception):
    """Raised when the gateway cannot start; its text is one line, meant for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayConfig:
    """How to run one template.

    Attributes:
        template: The SAM template; `CodeUri` and `ContentUri` are relative to its folder.
        port: 0 takes any free port; `Gateway.port` tells which.
        endpoint_url: Where the AWS emulator listens; None means real AWS.
        region: For the emulator, its region; on real AWS, where the data resources live.
        stack_name: CloudFormation stack that holds the template's data resources.
        parameters: Template parameters that differ from their defaults.
        environment: Environment variables for every function; they win over the template's.
        concurrency: Most execution environments one function may have.
        function_concurrency: The same for single functions, by logical id.
        warm: Execution environments that each function has from the start.
        inline: Run handlers in threads of this process, one at a time, for a debugger.
        http_prefix: Where the HTTP API is mounted; the prefix is not in the events.
        idle_timeout_s: A connection without data in either direction ends after this.
        max_connection_s: Every connection ends after this.
        integration_timeout_s: Longest wait for a function behind an API; 29 s at most.
        connect_rate_per_s: New connections a second before upgrades get 429; 0 is no limit.
        connect_burst: New connections that may come at once.
        send_buffer_bytes: Unsent data to one client above which pushes to it get 429.
        reorder: Probability that a frame is held back up to 50 ms, so that later ones overtake.
        schedule_scale: Real seconds for each scheduled second (0.01: a minute takes 0.6 s).
        stream_poll_s: Pause between two reads of a DynamoDB stream that had nothing new.
        queue_retry_s: When given, failed queue records return after this instead of after the
            queue's visibility timeout.
        fault_control: Serve `/_gateway/faults` and `/_gateway/state`.
        fault_seed: Seed of all random faults.
        log_file: Where the output of the workers goes; None is the gateway's own stderr.
    """

    template: Path
    host: str = "127.0.0.1"
    port: int = 8080
    endpoint_url: str | None = None
    region: str = "us-east-1"
    stack_name: str = "local"
    parameters: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    concurrency: int = 4
    function_concurrency: Mapping[str, int] = field(default_factory=dict)
    warm: int = 1
    inline: bool = False
    http_prefix: str = "/api"
    idle_timeout_s: float = 600.0
    max_connection_s: float = 7200.0
    integration_timeout_s: float = MAX_INTEGRATION_TIMEOUT_S
    connect_rate_per_s: float = 500.0
    connect_burst: int = 500
    send_buffer_bytes: int = 1024 * 1024
    reorder: float = 0.0
    schedule_scale: float = 1.0
    stream_poll_s: float = 0.1
    queue_retry_s: float | None = None
    fault_control: bool = False
    fault_seed: int | None = None
    log_file: Path | None = None

    def __post_init__(self) -> None:
        """Refuse values that would only fail later, and far from their cause."""
        if not 0 < self.integration_timeout_s <= MAX_INTEGRATION_TIMEOUT_S:
            raise GatewayError(
                f"integration_timeout_s is above 0 and at most 29, not {self.integration_timeout_s}"
            )
        if self.concurrency < 1 or any(n < 1 for n in self.function_concurrency.values()):
            raise GatewayError("a function needs a concurrency of at least 1")
        if self.http_prefix and not self.http_prefix.startswith("/"):
            raise GatewayError(f"http_prefix starts with a slash, not {self.http_prefix!r}")

    def concurrency_of(self, function: str) -> int:
        """Most execution environments that the function of this logical id may have."""
        return self.function_concurrency.get(function, self.concurrency)
