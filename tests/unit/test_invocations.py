"""Around an invocation: one line of metrics at its end, or none."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from parley import invocations, measures, observability
from parley.invocations import measured
from tests.support.emf import all_metrics, lines_of

NAMESPACE = "Parley/test"


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Turn metrics on, as the template does."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "100000")
    invocations._collected.cache_clear()
    yield
    invocations._collected.cache_clear()
    measures.collect(None)


@measured
def handler(event: dict[str, Any], context: Any) -> str:
    del context
    for name in event["counted"]:
        observability.count(name)
    if event.get("fails"):
        raise ValueError("bug")
    return "done"


@pytest.mark.usefixtures("on")
def test_an_invocation_writes_one_line_that_cloudwatch_reads(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert handler({"counted": ["messages_stored", "pushes"]}, None) == "done"
    written = capsys.readouterr().out
    (line,) = lines_of(written)
    assert line["service"] == "parley"
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    values = all_metrics(written, NAMESPACE)
    assert (values["messages_stored"], values["pushes"]) == ([1], [1])
    assert 0 < values["memory_percent"][0] < 100


@pytest.mark.usefixtures("on")
def test_an_invocation_that_fails_writes_its_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="bug"):
        handler({"counted": ["pushes_failed"], "fails": True}, None)
    assert all_metrics(capsys.readouterr().out, NAMESPACE)["pushes_failed"] == [1]


@pytest.mark.usefixtures("on")
def test_an_invocation_of_which_nothing_must_be_told_writes_no_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for _ in range(3):
        handler({"counted": ["pushes"]}, None)
    assert capsys.readouterr().out == ""
    handler({"counted": ["connects"]}, None)
    assert all_metrics(capsys.readouterr().out, NAMESPACE)["pushes"] == [3]


@pytest.mark.usefixtures("on")
def test_very_many_values_are_written_in_lines_of_a_hundred(
    capsys: pytest.CaptureFixture[str],
) -> None:
    @measured
    def busy(event: dict[str, Any], context: Any) -> None:
        del event, context
        for number in range(250):
            observability.observe("redis_ms", number)

    busy({}, None)
    written = capsys.readouterr().out
    assert all_metrics(written, NAMESPACE)["redis_ms"] == list(range(250))
    assert len(written.splitlines()) == 3


@pytest.mark.usefixtures("on")
def test_a_process_that_cannot_start_writes_that(capsys: pytest.CaptureFixture[str]) -> None:
    invocations.start_failed()
    assert json.loads(capsys.readouterr().out)["starts_failed"] == [1.0]


@pytest.mark.parametrize("namespace", [None, ""])
def test_without_a_namespace_nothing_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, namespace: str | None
) -> None:
    monkeypatch.delenv("POWERTOOLS_METRICS_NAMESPACE", raising=False)
    if namespace is not None:
        monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", namespace)
    invocations._collected.cache_clear()
    handler({"counted": ["pushes_failed"]}, None)
    invocations.start_failed()
    assert capsys.readouterr().out == ""
