"""What one operation is billed for, and the table of all operations (docs/cost-operations.tsv).

The table is written by `make cost` from what `tests/support/cost` counts, and by nobody else.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "docs" / "cost-operations.tsv"
# Lines of logs name the places in our code that wrote them, and signatures have more or less
# digits: what is counted in bytes moves a little each time. It is cheap beside what is counted.
SIZES = ("sent_bytes", "nat_bytes", "stored_bytes", "log_bytes")
SIZE_TOLERANCE = 0.05
SIZE_TOLERANCE_BYTES = 64


@dataclass(frozen=True, slots=True)
class Bill:
    """What is billed for one operation, with all that follows from it until everything is quiet.

    Attributes:
        ws_in: Units of 32 KB that clients sent over WebSockets.
        ws_replies: The same of replies.
        ws_pushed: The same of pushes, over all their recipients.
        sent_bytes: What left AWS for clients: replies, pushes and answers, without their heads.
        nat_bytes: What pushes send to API Gateway, heads and signatures among them: in a network
            of our own it goes through its NAT gateway. What comes back is not known here.
        http: Requests to the HTTP API, in units of 512 KB.
        invocations: Of functions, by name.
        dynamodb: Requests to DynamoDB.
        write_units: That these consume.
        read_units: That these consume.
        stored_bytes: By which the table grows, until TTL takes tickets and the like away.
        redis: Round trips to Redis: scripts that were sent.
        redis_commands: Commands, those inside of scripts among them.
        ecpu: ElastiCache processing units: an estimate (`ecpu_of`).
        sqs: Requests to SQS in units of 64 KB, those of Lambda's pollers that brought records
            among them.
        secrets: Requests to Secrets Manager.
        log_bytes: That the functions wrote, metrics among them.
        log_lines: That they are.
    """

    ws_in: int = 0
    ws_replies: int = 0
    ws_pushed: int = 0
    sent_bytes: int = 0
    nat_bytes: int = 0
    http: int = 0
    invocations: Mapping[str, int] = field(default_factory=dict)
    dynamodb: int = 0
    write_units: int = 0
    read_units: int = 0
    stored_bytes: int = 0
    redis: int = 0
    redis_commands: int = 0
    ecpu: int = 0
    sqs: int = 0
    secrets: int = 0
    log_bytes: int = 0
    log_lines: int = 0

    @property
    def ws_messages(self) -> int:
        """Return the messages that API Gateway bills, in both directions."""
        return self.ws_in + self.ws_replies + self.ws_pushed


NUMBERS = tuple(each.name for each in fields(Bill) if each.name != "invocations")
COLUMNS = ("operation", *(each.name for each in fields(Bill)))


def ecpu_of(commands: int, transferred_bytes: int) -> int:
    """Return about how many ElastiCache processing units something takes.

    A simple command is 1 for each KB transferred; a script counts by the time that it takes or by
    what it transfers, whichever is more (AWS.md §D). Its time is taken for that of its commands.
    """
    return max(commands, -(-transferred_bytes // 1_024))


def units_of(size_bytes: int, unit_bytes: int) -> int:
    """Return how many units a message or request of such a size is billed as; at least one."""
    return max(1, -(-size_bytes // unit_bytes))


def written(bills: Mapping[str, Bill]) -> str:
    """Return the table as text."""
    out = io.StringIO()
    table = csv.writer(out, delimiter="\t", lineterminator="\n")
    table.writerow(COLUMNS)
    for operation, bill in bills.items():
        table.writerow([operation, *(_cell(getattr(bill, name)) for name in COLUMNS[1:])])
    return out.getvalue()


def read(text: str | None = None) -> dict[str, Bill]:
    """Return the table's bills by operation; of the file, or of a text."""
    lines = (TABLE.read_text(encoding="utf-8") if text is None else text).splitlines()
    rows = csv.DictReader(lines, delimiter="\t")
    return {row["operation"]: _bill(row) for row in rows}


def differences(counted: Bill, said: Bill) -> list[str]:
    """Return what is not as the table says: counts exactly, sizes within a few bytes."""
    pairs = {name: (getattr(counted, name), getattr(said, name)) for name in COLUMNS[1:]}
    return [
        f"{name}: {now}, the table says {then}"
        for name, (now, then) in pairs.items()
        if (_is_far(now, then) if name in SIZES else now != then)
    ]


def _is_far(size: int, said: int) -> bool:
    return abs(size - said) > max(SIZE_TOLERANCE_BYTES, SIZE_TOLERANCE * said)


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}:{count}" for name, count in sorted(value.items()))
    return str(value)


def _bill(row: Mapping[str, str]) -> Bill:
    numbers = {name: int(row[name]) for name in NUMBERS}
    return Bill(invocations=_counts(row["invocations"].split()), **numbers)


def _counts(cells: Iterable[str]) -> dict[str, int]:
    pairs = (cell.rpartition(":") for cell in cells)
    return {name: int(count) for name, _, count in pairs}
