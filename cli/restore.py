"""`parley restore`: runs `cli.restoring` on a deployment's table, and tells what was done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.errors import WrongUse
from cli.output import Output
from cli.restoring import Choice, Restored, Restoring
from cli.target import Target


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many items were put back, or would be."""

    restored: Restored
    choice: Choice

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        counts = self.restored
        return {
            "applied": self.choice.apply,
            "lookedAt": counts.looked_at,
            "missing": counts.missing,
            "changed": counts.changed,
            "deleted": counts.deleted,
        }

    def as_text(self) -> Iterator[str]:
        """Return it in words."""
        counts, verb = self.restored, "were" if self.choice.apply else "would be"
        yield f"{counts.looked_at} items looked at."
        yield f"{counts.missing} missing ones {verb} put back."
        if self.choice.exactly:
            yield f"{counts.changed} changed ones {verb} put back as they were."
            yield f"{counts.deleted} newer ones {verb} deleted."
        if not self.choice.apply:
            yield "Nothing was written: say --apply."


def restore(target: Target, source: str, choice: Choice, output: Output) -> Outcome:
    """Copy a restored backup back into a deployment's table; raises `CliError`."""
    live = target.stack.resource("Table")
    if source == live:
        raise WrongUse(f"{source} is the live table: name the one that a backup was restored to")
    total = _count(target, source) + (_count(target, live) if choice.exactly else 0)
    restoring = Restoring(target.aws.client("dynamodb"), source, live, choice)
    seen = 0
    with output.progress("Restoring", total) as step, target.aws.sentences("dynamodb"):

        def progress(so_far: Restored) -> None:
            nonlocal seen
            step(so_far.looked_at - seen)
            seen = so_far.looked_at

        return Outcome(restoring.run(progress), choice)


def _count(target: Target, table: str) -> int:
    """Return how many items a table has, as DynamoDB counts every six hours."""
    described = target.aws.call("dynamodb", "describe_table", TableName=table)
    return int(described["Table"]["ItemCount"])
