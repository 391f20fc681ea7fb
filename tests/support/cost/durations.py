"""Measures how long the functions take on this machine, and writes docs/cost-durations.tsv.

PYTHONPATH=layers/core python -m tests.support.cost.durations    (`make cost-durations`)
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime

from bench.cost import durations
from bench.cost.durations import Duration
from tests.support.cost.cloud import Cloud
from tests.support.cost.counting import warm
from tests.support.cost.operations import OPERATIONS, Operation
from tests.support.cost.running import running_cloud
from tests.support.cost.scenes import Scene
from tests.support.stack import ROOT

ROUNDS = 5
STARTS = 5
# What has to be there for a function to start; nothing connects.
START = "import runpy; runpy.run_path('functions/message/app.py')"

Samples = defaultdict[tuple[str, str], list[Duration]]


def main() -> int:
    """Measure, and write the file."""
    found: Samples = defaultdict(list)
    with running_cloud() as cloud:
        warm(cloud)
        for operation in [each for each in OPERATIONS for _ in range(ROUNDS)]:
            _measure(cloud, operation, found)
    rows = {key: _median(samples) for key, samples in found.items()}
    rows[durations.START] = _median([_start() for _ in range(STARTS)])
    durations.FILE.write_text(durations.written(rows, _where()), encoding="utf-8")
    sys.stderr.write(f"wrote {durations.FILE.name}\n")
    return 0


def _measure(cloud: Cloud, operation: Operation, found: Samples) -> None:
    cloud.meters.redis.empty()
    # The sizes of items are not asked for while time is taken.
    cloud.meters.aws.is_counting = False
    act = operation.prepare(Scene(cloud))
    if operation.settled:
        cloud.drain()
    cloud.forget()
    act()
    cloud.drain()
    for each in cloud.invocations:
        duration = Duration(each.wall_ms, each.cpu_ms)
        found[(operation.name, each.function)].append(duration)


def _start() -> Duration:
    """Start a process as Lambda does: import a function, and make what it needs."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "layers/core"),
        "AWS_LAMBDA_FUNCTION_NAME": "message",
        "AWS_DEFAULT_REGION": "us-east-1",
        "PARLEY_TABLE": "parley",
        "PARLEY_REDIS_URL": "redis://127.0.0.1:1",
        "PARLEY_WS_ENDPOINT": "https://ws.example.com/v1",
        "PARLEY_FLUSH_QUEUE_URL": "https://sqs.example.com/flush",
        "PARLEY_FANOUT_QUEUE_URL": "https://sqs.example.com/fanout",
    }
    before, wall = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", START], cwd=ROOT, env=environment, check=True)
    wall_ms, after = (time.perf_counter() - wall) * 1_000, os.times()
    user, system = ("children_user", "children_system")
    cpu_s = sum(getattr(after, name) - getattr(before, name) for name in (user, system))
    return Duration(wall_ms, cpu_s * 1_000)


def _median(samples: list[Duration]) -> Duration:
    return Duration(
        round(statistics.median(each.wall_ms for each in samples), 1),
        round(statistics.median(each.cpu_ms for each in samples), 1),
    )


def _where() -> str:
    day = datetime.now(UTC).date().isoformat()
    return (
        f"measured {day}, Python {platform.python_version()} on {platform.machine()}, "
        f"{os.cpu_count()} cores, medians of {ROUNDS}: emulators, other tests may run beside"
    )


if __name__ == "__main__":
    sys.exit(main())
