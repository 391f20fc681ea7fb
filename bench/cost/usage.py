"""What a month's operations use, from what each is billed for. Pure."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bench.cost.bills import Bill
from bench.cost.durations import START, Duration, Key

# What waiting for AWS takes where it is more than for an emulator. UNSURE: memory.
DYNAMODB_MS = 6.0
REDIS_MS = 1.0
SQS_MS = 8.0
PUSH_MS = 15.0
# As many pushes as there are sockets go out at once (`push_sockets`).
SOCKETS = 32
GB = 1_000_000_000
MB_A_GB = 1_024
# Which columns of a bill are which prices.
PRICED = {
    "ws_messages": "ws_message",
    "http": "http_request",
    "write_units": "write_unit",
    "read_units": "read_unit",
    "ecpu": "ecpu",
    "sqs": "sqs_request",
    "secrets": "secret_request",
}
# What grows with recipients.
PUSHED = ("ws_pushed", "sent_bytes", "nat_bytes")
GIGABYTES = {"sent_bytes": "transfer_gb", "log_bytes": "log_gb", "stored_bytes": "table_gb"}


@dataclass(frozen=True, slots=True)
class Usage:
    """Quantities by the id of their price; and Redis' commands, which some sell one by one."""

    quantities: Mapping[str, float]
    redis: float = 0.0


@dataclass(frozen=True, slots=True)
class Functions:
    """How functions run.

    Attributes:
        durations: As they were measured.
        memory_mb: That a function has.
        platform_log_bytes: That Lambda logs of each invocation by itself.
        cold_share: Which share of invocations starts a process.
    """

    durations: Mapping[Key, Duration]
    memory_mb: int
    platform_log_bytes: int
    cold_share: float = 0.01

    def billed_ms(self, operation: str, bill: Bill) -> float:
        """Return for how long an operation's functions are billed together, when warm."""
        cpu_ms = waiting_ms = 0.0
        for function, count in bill.invocations.items():
            measured = self.durations[(operation, function)]
            cpu_ms += count * measured.computing_ms(self.memory_mb)
            waiting_ms += count * measured.waiting_ms
        return cpu_ms + max(waiting_ms, waits_ms(bill))

    @property
    def start_ms(self) -> float:
        """Return for how long the start of a process is billed; it has a whole core."""
        return self.durations[START].wall_ms


def waits_ms(bill: Bill) -> float:
    """Return about how long an operation waits for AWS."""
    waves = math.ceil(bill.ws_pushed / SOCKETS)
    apis = bill.dynamodb * DYNAMODB_MS + bill.redis * REDIS_MS + bill.sqs * SQS_MS
    return apis + waves * PUSH_MS


@dataclass
class Month:
    """Adds up operations.

    Attributes:
        bills: Of each operation, by name.
        functions: How they run.
        has_nat: Whether pushes go through a NAT gateway.
    """

    bills: Mapping[str, Bill]
    functions: Functions
    has_nat: bool
    quantities: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    redis: float = 0.0

    def add(self, operation: str, times: float, bill: Bill | None = None) -> None:
        """Add an operation so many times; ``bill`` where it differs from the table."""
        billed = self.bills[operation] if bill is None else bill
        for column, price in PRICED.items():
            self.quantities[price] += times * getattr(billed, column)
        for column, price in GIGABYTES.items():
            self.quantities[price] += times * getattr(billed, column) / GB
        # The table has point-in-time recovery always.
        self.quantities["pitr_gb"] += times * billed.stored_bytes / GB
        if self.has_nat:
            self.quantities["nat_gb"] += times * billed.nat_bytes / GB
        self.redis += times * billed.redis
        self._run(operation, times, billed)

    def _run(self, operation: str, times: float, bill: Bill) -> None:
        invocations = times * sum(bill.invocations.values())
        starts = invocations * self.functions.cold_share
        busy_ms = times * self.functions.billed_ms(operation, bill)
        gigabytes = self.functions.memory_mb / MB_A_GB
        self.quantities["lambda_request"] += invocations
        self.quantities["lambda_gb_s"] += (
            (busy_ms + starts * self.functions.start_ms) / 1_000 * gigabytes
        )
        self.quantities["log_gb"] += invocations * self.functions.platform_log_bytes / GB

    def usage(self) -> Usage:
        """Return all that was added, without what is nothing."""
        return Usage({name: n for name, n in self.quantities.items() if n}, self.redis)


def scaled(bill: Bill, pushed: int, of: int) -> Bill:
    """Return the bill of an event that goes to so many, from one that went to others."""
    changed = {name: round(getattr(bill, name) * pushed / of) for name in PUSHED}
    return replace(bill, **changed)


def between(low: Bill, high: Bill, share: float) -> Bill:
    """Return the bill of an event between two that were counted: for larger rooms, or smaller.

    Args:
        low: Of the smaller room.
        high: Of the larger one; what does not grow with recipients is as it is there.
        share: 0 at the smaller, 1 at the larger, more beyond.
    """
    if share == 0:
        return low
    changed = {
        name: round(getattr(low, name) + share * (getattr(high, name) - getattr(low, name)))
        for name in (*PUSHED, "log_bytes", "ecpu")
    }
    return replace(high, **changed)
