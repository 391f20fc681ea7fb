"""Reads lines of CloudWatch's embedded metric format, and refuses what CloudWatch would ignore.

The rules are those of its specification: a root node with `_aws`, whose `CloudWatchMetrics` name a
namespace, sets of dimensions and metrics; each named member is at the root, dimensions as strings,
metrics as a number or at most 100 of them; at most 100 metrics and 30 dimensions.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
UNITS = frozenset({"Count", "Milliseconds", "Seconds", "Bytes", "Percent"})
# CloudWatch takes what is up to two weeks old and two hours ahead.
OLDEST_S, AHEAD_S = 14 * 86_400, 2 * 3_600
MAX_METRICS, MAX_VALUES, MAX_DIMENSIONS, MAX_NAME = 100, 100, 30, 1_024


def lines_of(text: str) -> Iterator[Json]:
    """Yield the lines of a log that are JSON; a runtime writes others, too."""
    for line in text.splitlines():
        if line.startswith("{"):
            yield json.loads(line)


def metrics_of(line: Json, namespace: str) -> dict[str, list[float]]:
    """Return the values of one line by name; raises AssertionError for a line that is not valid."""
    meta = line["_aws"]
    assert meta.keys() == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(meta["Timestamp"], int)
    assert -AHEAD_S < time.time() - meta["Timestamp"] / 1_000 < OLDEST_S
    (directive,) = meta["CloudWatchMetrics"]
    assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
    assert directive["Namespace"] == namespace
    for names in directive["Dimensions"]:
        assert len(names) <= MAX_DIMENSIONS
        assert all(isinstance(line[name], str) and line[name] for name in names)
    assert 0 < len(directive["Metrics"]) <= MAX_METRICS
    return {metric["Name"]: _values(line, metric) for metric in directive["Metrics"]}


def _values(line: Json, metric: Json) -> list[float]:
    assert metric.keys() == {"Name", "Unit"}
    assert 0 < len(metric["Name"]) <= MAX_NAME
    assert metric["Unit"] in UNITS
    found = line[metric["Name"]]
    values = found if isinstance(found, list) else [found]
    assert 0 < len(values) <= MAX_VALUES
    assert all(type(value) in (int, float) for value in values)
    return values


def all_metrics(text: str, namespace: str) -> dict[str, list[float]]:
    """Return all values of a log by name."""
    found: dict[str, list[float]] = {}
    for line in lines_of(text):
        if "_aws" in line:
            for name, values in metrics_of(line, namespace).items():
                found.setdefault(name, []).extend(values)
    return found
