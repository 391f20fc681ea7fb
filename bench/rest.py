"""The REST API under schemathesis: requests made from its own description, right and wrong ones."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.support.stack import ROOT, Stack, running_stack

CONFIG = ROOT / "bench" / "schemathesis.toml"
DOCUMENT = ROOT / "docs" / "openapi.json"
# So many requests of one person in a minute are the test, not an attack.
RAISED = {
    f"PARLEY_{name}": "1000000"
    for name in (
        "MESSAGES_PER_10S",
        "MESSAGES_PER_MINUTE",
        "RECEIPTS_PER_MINUTE",
        "REQUESTS_PER_MINUTE",
        "CONNECTS_PER_MINUTE",
    )
}
_CASES = re.compile(r"(\d+) generated")
_OPERATIONS = re.compile(r"Tested: (\d+)")
_FAILURES = re.compile(r"(\d+) unique failures?")


def check(examples: int) -> tuple[bool, str]:
    """Run every check against a Parley of its own.

    Args:
        examples: Requests an operation, in each phase that makes them up.

    Returns:
        Whether there was neither a failure nor an answer of 500 and above, and the figures.
    """
    with running_stack(RAISED) as stack:
        return run(stack, examples)


def run(stack: Stack, examples: int) -> tuple[bool, str]:
    """Do the same with a Parley that runs, whose limits are raised."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            f"--config-file={CONFIG}",
            "run",
            DOCUMENT,
            f"--max-examples={examples}",
            "--no-color",
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **_variables(stack)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, _figures(done.stdout, done.returncode)


def _variables(stack: Stack) -> dict[str, str]:
    spaces = ["house-1"]
    token = stack.token("ann", tenantId="rest", role="tenant_admin", name="Ann", spaces=spaces)
    # Of a name that no answer tells: who signs people out at random must not be one of them.
    other = stack.token("keeper-of-rest-2", tenantId="rest-2", role="tenant_admin")
    room = stack.post("/api/rooms", {"type": "group", "memberIds": ["bob", "cid"]}, token=token)
    return {
        "PARLEY_URL": stack.url,
        "PARLEY_TOKEN": token,
        "PARLEY_OTHER_TOKEN": other,
        "PARLEY_ROOM": room["roomId"],
    }


def _figures(output: str, code: int) -> str:
    operations, cases = _OPERATIONS.search(output), _CASES.search(output)
    failures = _FAILURES.search(output)
    if operations is None or cases is None:
        return f"schemathesis ended with {code}: {output[-2000:]}"
    counted = failures.group(1) if failures else "0"
    line = f"{operations.group(1)} operations, {cases.group(1)} requests, {counted} failures"
    return line if code == 0 else f"{line}\n{output}"
