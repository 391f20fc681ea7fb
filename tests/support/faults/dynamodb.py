"""DynamoDB that fails: switches of the proxy that stands before its emulator.

    with dynamo_faults(endpoint_url) as faults:          # for stores in this process
        client = dynamodb_client(faults.url)
        faults.throttle(probability=0.3)

    with faulty_stack({"PARLEY_…": "…"}) as (stack, faults):   # for a whole Parley
        faults.timeout_after_commit(probability=0.05, seconds=20)

What a fault says is what DynamoDB says; the emulators never say it by themselves.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.faults.verbs import verb, verbs_of
from tests.support.stack import Stack, running_stack

ROOT = Path(__file__).resolve().parents[3]
# Longer than any client waits.
FOREVER_S = 60.0


@dataclass(frozen=True, slots=True)
class DynamoFaults:
    """Switches of a running proxy.

    What every verb takes: with ``probability`` a request meets the fault; ``operations`` (such as
    ``["UpdateItem"]``) narrow it down; after ``count`` requests, or ``seconds``, it ends. A verb
    that is called again replaces what it said before.

    Attributes:
        url: Where DynamoDB is for who shall suffer.
    """

    url: str

    @verb
    def throttle(self, probability: float = 0.3, **which: Any) -> None:
        """Refuse requests as too many; nothing is done."""
        self._set("throttle", probability, **which)

    @verb
    def conflict(self, probability: float = 0.2, **which: Any) -> None:
        """Refuse writes, since another transaction is in the way; nothing is done."""
        self._set("conflict", probability, **which)

    @verb
    def error500(self, probability: float = 0.1, **which: Any) -> None:
        """Answer with an internal error; half of the requests are done all the same."""
        self._set("error500", probability, **which)

    @verb
    def timeout_before(
        self, probability: float = 0.05, hold_s: float = FOREVER_S, **which: Any
    ) -> None:
        """Do nothing and say nothing, and end the connection after ``hold_s``."""
        self._set("timeout_before", probability, hold_s=hold_s, **which)

    @verb
    def timeout_after_commit(
        self, probability: float = 0.05, hold_s: float = FOREVER_S, **which: Any
    ) -> None:
        """Do what is asked and say nothing, and end the connection after ``hold_s``."""
        self._set("timeout_after_commit", probability, hold_s=hold_s, **which)

    @verb
    def unprocessed(self, probability: float = 0.5, **which: Any) -> None:
        """Leave out keys of BatchGetItem: some, or all."""
        self._set("unprocessed", probability, **which)

    @verb
    def stale_read(self, probability: float = 1.0, **which: Any) -> None:
        """Answer reads that do not ask for what is true now as the first of the kind was."""
        self._set("stale_read", probability, **which)

    @verb
    def slow(self, probability: float = 0.5, hold_s: float = 0.1, **which: Any) -> None:
        """Let requests wait before they are done."""
        self._set("slow", probability, hold_s=hold_s, **which)

    @verb
    def contention(self, probability: float = 1.0, hold_s: float = 0.012, **which: Any) -> None:
        """Hold transactions for a while, and refuse those that overlap one that is held."""
        self._set("contention", probability, hold_s=hold_s, **which)

    def clear(self) -> None:
        """End all faults; requests that hang are not let go."""
        self._post({"kind": "clear"})

    def forward_to(self, endpoint_url: str) -> None:
        """Tell where the emulator is."""
        self._post({"kind": "target", "url": endpoint_url})

    def counts(self) -> dict[str, int]:
        """Return how many requests, transactions, conflicts, and of each fault there were."""
        with urllib.request.urlopen(f"{self.url}/_counts", timeout=20) as answer:  # noqa: S310
            counts: dict[str, int] = json.load(answer)
        return {"requests": 0, "transactions": 0, "conflicts": 0, "inconsistent_reads": 0, **counts}

    def _set(
        self,
        kind: str,
        probability: float,
        *,
        operations: Sequence[str] = (),
        seconds: float | None = None,
        count: int | None = None,
        hold_s: float = 0.0,
    ) -> None:
        fault = {"kind": kind, "probability": probability, "operations": list(operations)}
        self._post({**fault, "seconds": seconds, "left": count, "hold_s": hold_s})

    def _post(self, told: Mapping[str, Any]) -> None:
        request = urllib.request.Request(f"{self.url}/_faults", json.dumps(told).encode())  # noqa: S310
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310
            answer.read()


VERBS = verbs_of(DynamoFaults)


@contextmanager
def dynamo_faults(endpoint_url: str | None = None, seed: int = 1) -> Iterator[DynamoFaults]:
    """Run the proxy, in a process of its own so that it takes no time from who is measured.

    Args:
        endpoint_url: The emulator; without it `DynamoFaults.forward_to` has to tell.
        seed: Of all chance.
    """
    command = [sys.executable, "-m", "tests.support.faults.dynamodb_proxy", str(seed)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            faults = DynamoFaults(f"http://127.0.0.1:{int(process.stdout.readline())}")
            if endpoint_url is not None:
                faults.forward_to(endpoint_url)
            yield faults
        finally:
            process.terminate()


@contextmanager
def faulty_stack(
    settings: Mapping[str, str] | None = None, seed: int = 1
) -> Iterator[tuple[Stack, DynamoFaults]]:
    """Start a whole Parley whose functions, and nobody else, use DynamoDB through the proxy."""
    with dynamo_faults(seed=seed) as faults:
        behind = {**(settings or {}), "AWS_ENDPOINT_URL_DYNAMODB": faults.url}
        with running_stack(behind) as stack:
            stand_before(stack, faults)
            yield stack, faults


def stand_before(stack: Stack, faults: DynamoFaults) -> None:
    """Let the proxy forward to the emulator of a Parley that was told of the proxy.

    That one was started with ``AWS_ENDPOINT_URL_DYNAMODB`` in its environment.
    """
    port = int((stack.data_dir / "aws" / "port").read_text())
    faults.forward_to(f"http://127.0.0.1:{port}")


@contextmanager
def contention(endpoint_url: str, hold_s: float = 0.012) -> Iterator[DynamoFaults]:
    """Stand before an emulator with nothing but the conflicts that it lacks."""
    with dynamo_faults(endpoint_url) as faults:
        faults.contention(hold_s=hold_s)
        yield faults
