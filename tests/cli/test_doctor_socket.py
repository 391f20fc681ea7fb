"""Doctor's talk with servers that are not as they should be, and what logs say is over."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.sync.server import ServerConnection, serve

from cli.aws import Aws
from cli.doctor.api_checks import judge_session
from cli.doctor.findings import Patient, Status
from cli.doctor.log_checks import look_at_logs
from cli.doctor.socket import OPEN, Talk, handshake, talk
from cli.errors import CliError
from cli.target import Local, Target


@contextmanager
def serving(answer: Callable[[ServerConnection], None]) -> Iterator[str]:
    with serve(answer, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def answering(*frames: object) -> Callable[[ServerConnection], None]:
    """Answer each command with these frames, and close after the first."""

    def answer(connection: ServerConnection) -> None:
        connection.recv()
        for frame in frames:
            connection.send(frame if isinstance(frame, str) else json.dumps(frame))

    return answer


@pytest.mark.parametrize(
    ("frames", "said"),
    [
        ([{"id": "heartbeat", "ok": False, "error": "UNAVAILABLE"}], "is answered UNAVAILABLE"),
        ([{"message": "Internal server error", "connectionId": "c="}], "by API Gateway: Internal"),
        (["hello"], "is not Parley's"),
        ([[1], {"event": "presence:update", "data": {}}], "closed before presence.heartbeat"),
    ],
)
def test_what_is_no_good_reply_is_named(frames: list[object], said: str) -> None:
    with serving(answering(*frames)) as url, pytest.raises(CliError, match=said):
        talk(url)


def test_an_open_door_is_noticed() -> None:
    with serving(lambda connection: connection.close()) as url:
        assert handshake(url) == OPEN


def test_nobody_there_is_named_without_the_ticket() -> None:
    with pytest.raises(CliError) as raised:
        talk("ws://127.0.0.1:9/v1?ticket=secret")
    assert str(raised.value).startswith("ws://127.0.0.1:9/v1 does not answer: ")
    assert "secret" not in str(raised.value)


def test_a_session_is_judged_by_what_was_answered() -> None:
    assert judge_session(Talk(OPEN, {}, {"epoch": "1", "rooms": []})).status is Status.OK
    assert judge_session(Talk(401, {}, {})).status is Status.FAIL
    without_redis = judge_session(Talk(OPEN, {}, {"epoch": "unknown", "rooms": []}))
    assert without_redis.status is Status.FAIL
    assert "without Redis" in without_redis.says


def test_an_outage_that_is_over_is_a_warning(tmp_path: Path) -> None:
    log = tmp_path / "functions.log"
    patient = Patient(Target(Aws(), "parley-local", Local("http://127.0.0.1:9", log)))

    def line(event: str, minutes_ago: float) -> str:
        at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        stamp = at.strftime("%Y-%m-%d %H:%M:%S,%f")[:-3] + "+0000"
        fields = {"message": event, "timestamp": stamp, "address": "cache:6379"}
        return json.dumps(fields) + "\n"

    away = line("redis_unreachable", 5)
    log.write_text(line("redis_unreachable", 60) + away * 2)
    [finding] = look_at_logs(patient)
    assert finding.status is Status.FAIL
    assert finding.says == "a function says redis_unreachable: cache:6379 (2 times)"
    log.write_text(away + line("redis_reached_again", 4))
    [finding] = look_at_logs(patient)
    assert (finding.status, finding.says.endswith("; it is over")) == (Status.WARN, True)
    log.write_text(line("redis_unreachable", 60))
    [finding] = look_at_logs(patient)
    assert finding.status is Status.OK
    log.unlink()
    with pytest.raises(CliError, match="cannot be read"):
        list(look_at_logs(patient))
