"""Around each invocation of a function: what it measured is written as one line, once, at its end.

In the embedded metric format of CloudWatch (EMF), of which it makes metrics without any call. All
functions are wrapped alike; this is the only module that knows Powertools' Metrics.
"""

import functools
import os
import resource
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Metrics

from parley import measures
from parley.measures import METRICS, Measures

Handler = Callable[[dict[str, Any], Any], Any]

# Where events of API Gateway have the id that a client is told with an error (SPEC §3).
CORRELATION_ID = "requestContext.requestId"
SERVICE = "parley"
_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"
_MEMORY_MB = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"


def measured(handler: Handler) -> Handler:
    """Let a handler's metrics be written after each invocation, also one that fails."""

    @functools.wraps(handler)
    def invoke(event: dict[str, Any], context: Any) -> Any:
        collected = _collected()
        try:
            return handler(event, context)
        finally:
            if collected is not None:
                write(collected)

    return invoke


@functools.cache
def _collected() -> Measures | None:
    """Begin to collect, once for each process; not where nobody reads metrics, as in tests."""
    if not os.environ.get(_NAMESPACE):
        return None
    collected = Measures()
    measures.collect(collected)
    return collected


def start_failed() -> None:
    """Write that this process cannot start; nothing else will be written by it."""
    if _collected() is not None:
        write_line({"starts_failed": [1]})


def write(collected: Measures) -> None:
    """Write what is due, with the memory that this process ever had."""
    due = collected.take_due()
    if due:
        write_line({**due, "memory_percent": [_memory_percent()]})


def write_line(values: Mapping[str, Sequence[float]]) -> None:
    """Write values at once; they go to standard output, where Lambda and the gateway read logs."""
    metrics = Metrics(service=SERVICE)
    for name, each in values.items():
        for value in each:
            metrics.add_metric(name, METRICS[name].unit.value, value)
    metrics.flush_metrics()


def _memory_percent() -> float:
    # Linux has it in KB. Lambda counts little beside the process.
    used_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return round(100 * used_mb / int(os.environ[_MEMORY_MB]), 1)
