"""Around an invocation: one line of metrics at its end, or none."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from aws_lambda_powertools import Logger

from parley import invocations, measures, observability
from parley.invocations import CORRELATION_ID, measured
from tests.support.emf import all_metrics, lines_of

NAMESPACE = "Parley/test"


@dataclass(frozen=True)
class Context:
    """What Lambda passes beside the event."""

    function_name: str = "message"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:message"
    aws_request_id: str = "52fd"


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


@pytest.fixture
def no_logger() -> Iterator[None]:
    """Let Powertools make its logger anew, as in a new process; afterwards all is as before."""
    ours = logging.getLogger("parley")
    before = dict(vars(ours))
    ours.handlers = []
    vars(ours).pop("init", None)
    yield
    vars(ours).clear()
    vars(ours).update(before)


@pytest.mark.usefixtures("no_logger")
def test_lines_of_an_invocation_do_not_repeat_what_its_name_tells() -> None:
    written = io.StringIO()
    logger = Logger(service="parley", logger_handler=logging.StreamHandler(written))

    @logger.inject_lambda_context(correlation_id_path=CORRELATION_ID, clear_state=True)
    @measured
    def speaking(event: dict[str, Any], context: Any) -> None:
        del event, context
        observability.info("connected", user_id="alice")

    speaking({"requestContext": {"requestId": "R1="}}, Context())
    line = json.loads(written.getvalue())
    assert (line["message"], line["user_id"]) == ("connected", "alice")
    assert (line["correlation_id"], line["function_request_id"]) == ("R1=", "52fd")
    assert line["function_name"] == "message"
    assert line.keys().isdisjoint({"function_arn", "function_memory_size"})
