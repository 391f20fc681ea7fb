"""Where the functions' log lines are: CloudWatch Logs, or a file on this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from cli.aws import Aws
from cli.errors import AwsRefused, CliError
from cli.output import Output
from cli.target import Target


class LogSource(Protocol):
    """Finds log lines."""

    def find(self, terms: Sequence[str], since: datetime, until: datetime) -> Iterator[str]:
        """Return the lines of a time that hold all of these terms; raises `CliError`."""
        ...


@dataclass(frozen=True, slots=True)
class FileSource:
    """The log file of a Parley on this machine, which it begins anew at each start."""

    path: Path

    def find(self, terms: Sequence[str], since: datetime, until: datetime) -> Iterator[str]:
        """Return the lines that hold all of these terms, of any time."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as lines:
                yield from (line for line in lines if all(term in line for term in terms))
        except OSError as exc:
            raise CliError(f"{self.path} cannot be read: {exc.strerror}") from exc


@dataclass(frozen=True, slots=True)
class CloudWatchSource:
    """The log group of a deployment.

    By FilterLogEvents, not by Logs Insights: it costs nothing by the gigabyte, finds a line within
    seconds of its writing, and there is no query to start, poll and stop.
    """

    aws: Aws
    group: str
    output: Output

    def find(self, terms: Sequence[str], since: datetime, until: datetime) -> Iterator[str]:
        """Return the lines of a time that hold all of these terms; they are ids, without quotes."""
        pages = self.aws.pages(
            "logs",
            "filter_log_events",
            logGroupName=self.group,
            filterPattern=" ".join(f'"{term}"' for term in terms),
            startTime=_epoch_ms(since),
            endTime=_epoch_ms(until),
        )
        with self.output.progress(f"Searching {self.group}") as step:
            try:
                for page in pages:
                    step(1)
                    yield from (str(event["message"]) for event in page["events"])
            except AwsRefused as exc:
                if exc.code == "ResourceNotFoundException":
                    raise CliError(f"there is no log group {self.group}") from exc
                raise


def source_of(target: Target, output: Output) -> LogSource:
    """Return where this Parley's lines are; raises `CliError`."""
    if target.local is not None:
        return FileSource(target.local.log)
    group = target.stack.outputs.get("FunctionLogGroup")
    if group is None:
        raise CliError(
            f"stack {target.stack_name} has no output FunctionLogGroup: deploy this version"
        )
    return CloudWatchSource(target.aws, group, output)


def _epoch_ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
