"""Around each invocation of a function: what it measured is written as one line, once, at its end.

In the embedded metric format of CloudWatch (EMF), of which it makes metrics without any call. All
functions are wrapped alike; this is the only module that knows Powertools' Metrics, whose import
costs nothing: Powertools imports it with its Logger.
"""

import functools
import logging
import os
import resource
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from parley import measures
from parley.measures import METRICS, Measures
from parley.observability import LOGGER_NAME

Handler = Callable[[dict[str, Any], Any], Any]

# Where events of API Gateway have the id that a client is told with an error (SPEC §3).
CORRELATION_ID = "requestContext.requestId"
SERVICE = "parley"
_NAMESPACE = "POWERTOOLS_METRICS_NAMESPACE"
_MEMORY_MB = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
# The name tells as much, and each byte of each line is billed.
_NEEDLESS_KEYS = ("function_arn", "function_memory_size")


def measured(handler: Handler) -> Handler:
    """Let a handler's metrics be written after each invocation, also one that fails."""

    @functools.wraps(handler)
    def invoke(event: dict[str, Any], context: Any) -> Any:
        collected = _collected()
        _shorten_lines()
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


def _shorten_lines() -> None:
    for handler in logging.getLogger(LOGGER_NAME).handlers:
        if isinstance(handler.formatter, LambdaPowertoolsFormatter):
            handler.formatter.remove_keys(_NEEDLESS_KEYS)


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
