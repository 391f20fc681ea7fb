"""What a check finds, and what becomes of one that cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from cli.aws import NoCredentials
from cli.errors import CliError, Denied
from cli.output import Output
from cli.target import Target


class Status(StrEnum):
    """How a check ended; ``unknown``: it could not be made."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing, and what to do if it is not well."""

    name: str
    status: Status
    says: str
    todo: str | None = None


def ok(name: str, says: str) -> Finding:
    """Return that something is well."""
    return Finding(name, Status.OK, says)


def warn(name: str, says: str, todo: str) -> Finding:
    """Return that something works and will not always."""
    return Finding(name, Status.WARN, says, todo)


def fail(name: str, says: str, todo: str) -> Finding:
    """Return that something does not work."""
    return Finding(name, Status.FAIL, says, todo)


def unknown(name: str, says: str, todo: str) -> Finding:
    """Return that nobody could find out."""
    return Finding(name, Status.UNKNOWN, says, todo)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at, and with what.

    Attributes:
        token: To connect with, and to be judged; None: one is signed, where that is possible.
        tenant: Where the user that connects lives.
        look_back: How far back the logs are read.
    """

    target: Target
    output: Output = field(default_factory=Output)
    token: str | None = None
    tenant: str = "parley-doctor"
    look_back: timedelta = timedelta(minutes=15)

    @property
    def parameters(self) -> dict[str, str]:
        """The stack's parameters."""
        return dict(self.target.stack.parameters)

    @property
    def is_deployed(self) -> bool:
        """Tell whether it is a whole stack, and not the part that `make run` has of one."""
        return self.target.local is None


@dataclass(frozen=True, slots=True)
class Check:
    """Something to look at; what it raises becomes a finding of its name."""

    name: str
    look: Callable[[Patient], Iterable[Finding]]
    todo: str

    def findings(self, patient: Patient) -> Iterator[Finding]:
        """Make the check; never raises `CliError` but for missing credentials."""
        try:
            yield from self.look(patient)
        except NoCredentials:
            raise
        except Denied as exc:
            yield unknown(
                self.name,
                f"these credentials lack {exc.permission}",
                "allow it, or run doctor with credentials that have it",
            )
        except CliError as exc:
            yield fail(self.name, str(exc), self.todo)
