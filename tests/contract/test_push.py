"""The contract of `Push`: the memory twin and the awscrt adapter, against a real HTTP server."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from parley.adapters.memory.push import DROP as MEMORY_DROP
from parley.adapters.memory.push import NEVER as MEMORY_NEVER
from parley.adapters.memory.push import MemoryPush
from parley.adapters.push import signing
from parley.adapters.push.crt import AwsCrtPush
from parley.domain.ids import ConnectionId
from parley.errors import BadSetting
from parley.ports import Push, PushReport
from tests.contract import management_api
from tests.contract.certificates import self_signed
from tests.contract.management_api import OK_THEN_CLOSE, ManagementApi

FRAME = '{"event":"message:new","data":{"body":"schön 🙂"}}'.encode()
ONE = ConnectionId("BFaT_fALIAMCKug=")
TWO = ConnectionId("BFaT-fALIAMCKuh=")
THREE = ConnectionId("BFaT_fALIAMCKui=")
DROP, NEVER = management_api.DROP, management_api.NEVER
PATIENCE_S = 10.0


@dataclass(frozen=True)
class Stage:
    """A push adapter and the other end of it."""

    push: Push
    answer: Callable[..., None]
    received: Callable[[ConnectionId], list[bytes]]

    def send(self, *ids: ConnectionId, timeout_s: float = PATIENCE_S) -> PushReport:
        return self.push.start(ids, FRAME).wait(timeout_s)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session/token+==")


@pytest.fixture
def api() -> Iterator[ManagementApi]:
    with ManagementApi() as server:
        yield server


@pytest.fixture
def crt(api: ManagementApi) -> Iterator[AwsCrtPush]:
    push = AwsCrtPush(api.url, "eu-west-1", max_connections=8)
    yield push
    push.shutdown()


def memory_stage() -> Stage:
    push = MemoryPush()
    words = {DROP: MEMORY_DROP, NEVER: MEMORY_NEVER, OK_THEN_CLOSE: 200}

    def answer(connection_id: ConnectionId, *statuses: int) -> None:
        push.answer(connection_id, *(words.get(each, each) for each in statuses))

    return Stage(push, answer, push.frames_to)


@pytest.fixture(params=["memory", "awscrt"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        return memory_stage()
    api = request.getfixturevalue("api")
    return Stage(request.getfixturevalue("crt"), api.answer, api.bodies)


def test_a_frame_reaches_every_connection_byte_for_byte(stage: Stage) -> None:
    report = stage.send(ONE, TWO, THREE)
    assert sorted(report.delivered) == sorted([ONE, TWO, THREE])
    assert (report.gone, report.failed) == ((), {})
    assert stage.received(ONE) == stage.received(TWO) == stage.received(THREE) == [FRAME]


def test_nobody_to_send_to_is_an_empty_report(stage: Stage) -> None:
    assert stage.send() == PushReport()


def test_a_connection_named_twice_gets_the_frame_once(stage: Stage) -> None:
    assert stage.send(ONE, ONE).delivered == (ONE,)
    assert stage.received(ONE) == [FRAME]


def test_gone_is_reported_and_others_still_get_the_frame(stage: Stage) -> None:
    stage.answer(ONE, 410)
    report = stage.send(ONE, TWO)
    assert (report.delivered, report.gone, report.failed) == ((TWO,), (ONE,), {})
    assert len(stage.received(ONE)) == 1


@pytest.mark.parametrize(
    ("status", "reason"), [(413, "too_large"), (500, "500"), (403, "403"), (400, "400")]
)
def test_an_error_fails_at_once_with_its_reason(stage: Stage, status: int, reason: str) -> None:
    stage.answer(ONE, status)
    report = stage.send(ONE, TWO)
    assert report.failed == {ONE: reason}
    assert report.delivered == (TWO,)
    assert len(stage.received(ONE)) == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_throttled_post_is_tried_twice_more(stage: Stage, times: int) -> None:
    stage.answer(ONE, *[429] * times)
    assert stage.send(ONE).delivered == (ONE,)
    assert len(stage.received(ONE)) == times + 1


def test_a_post_throttled_three_times_fails(stage: Stage) -> None:
    stage.answer(ONE, 429, 429, 429)
    report = stage.send(ONE, TWO)
    assert report.failed == {ONE: "throttled"}
    assert report.delivered == (TWO,)
    assert len(stage.received(ONE)) == 3


def test_gone_after_a_throttle_is_gone(stage: Stage) -> None:
    stage.answer(ONE, 429, 410)
    assert stage.send(ONE).gone == (ONE,)


def test_a_connection_that_breaks_off_once_is_tried_on_a_fresh_one(stage: Stage) -> None:
    stage.answer(ONE, DROP)
    assert stage.send(ONE).delivered == (ONE,)
    assert stage.received(ONE) == [FRAME, FRAME]


def test_a_connection_that_breaks_off_twice_fails_and_the_next_push_works(stage: Stage) -> None:
    stage.answer(ONE, DROP, DROP)
    assert stage.send(ONE, TWO).failed == {ONE: "broken"}
    assert stage.send(ONE).delivered == (ONE,)


def test_each_attempt_of_a_throttled_post_may_break_off_once(stage: Stage) -> None:
    stage.answer(ONE, DROP, 429, DROP, 429, DROP, 200)
    assert stage.send(ONE).delivered == (ONE,)
    assert len(stage.received(ONE)) == 6


def test_what_is_not_answered_in_time_fails_and_others_do_not_wait_for_it(stage: Stage) -> None:
    stage.send(ONE, TWO)
    stage.answer(ONE, NEVER)
    report = stage.send(ONE, TWO, timeout_s=1.0)
    assert report.failed == {ONE: "timeout"}
    assert report.delivered == (TWO,)


def test_asking_again_gives_the_same_report(stage: Stage) -> None:
    stage.answer(ONE, 410)
    pending = stage.push.start([ONE, TWO], FRAME)
    assert pending.wait(PATIENCE_S) == pending.wait(0)


def test_a_server_that_closes_after_each_answer_loses_no_push(stage: Stage) -> None:
    for _ in range(20):
        stage.answer(ONE, OK_THEN_CLOSE)
        assert stage.send(ONE).delivered == (ONE,)


def test_a_closed_connection_is_gone_afterwards(stage: Stage) -> None:
    stage.push.close([ONE], PATIENCE_S)
    stage.push.close([ONE], PATIENCE_S)
    assert stage.send(ONE, TWO).gone == (ONE,)


def test_hundreds_of_connections_share_a_few_sockets(api: ManagementApi, crt: AwsCrtPush) -> None:
    ids = [ConnectionId(f"many-{number}=") for number in range(300)]
    assert sorted(crt.start(ids, FRAME).wait(PATIENCE_S).delivered) == sorted(ids)
    assert api.sockets_opened <= 8
    assert 2 <= api.most_at_once <= 8


def test_sockets_are_kept_for_the_next_push(api: ManagementApi, crt: AwsCrtPush) -> None:
    for _ in range(50):
        crt.start([ONE], FRAME).wait(PATIENCE_S)
    assert api.sockets_opened == 1


def test_stale_sockets_lose_no_push(api: ManagementApi, crt: AwsCrtPush) -> None:
    ids = [ConnectionId(f"stale-{number}=") for number in range(8)]
    for _ in range(10):
        assert len(crt.start(ids, FRAME).wait(PATIENCE_S).delivered) == len(ids)
        api.cut_all()


def test_a_socket_that_idled_too_long_is_not_used_again(api: ManagementApi) -> None:
    push = AwsCrtPush(api.url, "eu-west-1", max_idle_s=0)
    push.start([ONE], FRAME).wait(PATIENCE_S)
    assert push.start([ONE], FRAME).wait(PATIENCE_S).delivered == (ONE,)
    assert api.sockets_opened == 2
    push.shutdown()


def test_sockets_without_an_answer_do_not_stay_occupied(
    api: ManagementApi, crt: AwsCrtPush
) -> None:
    hung = [ConnectionId(f"hung-{number}=") for number in range(30)]
    for each in hung:
        api.answer(each, NEVER)
    report = crt.start(hung, FRAME).wait(0.3)
    assert report.failed == dict.fromkeys(hung, "timeout")
    assert crt.start([ONE], FRAME).wait(PATIENCE_S).delivered == (ONE,)
    assert len(api.requests) <= 8 + 1


def test_a_refused_connection_fails_as_broken() -> None:
    with ManagementApi() as api:
        url = api.url
    push = AwsCrtPush(url, "eu-west-1", max_connections=4)
    ids = [ConnectionId(f"refused-{number}=") for number in range(200)]
    assert push.start(ids, FRAME).wait(PATIENCE_S).failed == dict.fromkeys(ids, "broken")
    push.shutdown()


def test_a_server_without_a_good_certificate_gets_nothing(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with ManagementApi(tls=context) as api:
        push = AwsCrtPush(api.url, "eu-west-1")
        # awscrt's TLS holds back the news of a failed handshake on purpose (s2n's blinding).
        assert set(push.start([ONE], FRAME).wait(0.5).failed) == {ONE}
        push.shutdown()
    assert api.requests == []


def test_a_push_after_shutdown_starts_anew(api: ManagementApi, crt: AwsCrtPush) -> None:
    crt.start([ONE], FRAME).wait(PATIENCE_S)
    crt.shutdown()
    assert crt.start([ONE], FRAME).wait(PATIENCE_S).delivered == (ONE,)


def test_failures_are_logged_as_counts_without_the_frame(
    api: ManagementApi, crt: AwsCrtPush, caplog: pytest.LogCaptureFixture
) -> None:
    api.answer(ONE, 500)
    api.answer(TWO, 413)
    with caplog.at_level(logging.WARNING, "parley.push"):
        crt.start([ONE, TWO, THREE], FRAME).wait(PATIENCE_S)
    (record,) = caplog.records
    assert record.message == "push_failed"
    assert record.__dict__["reasons"] == {"500": 1, "too_large": 1}
    assert "schön" not in str(record.__dict__)


def test_the_request_is_the_one_that_boto3_sends(api: ManagementApi, crt: AwsCrtPush) -> None:
    crt.start([ONE], FRAME).wait(PATIENCE_S)
    crt.close([ONE], PATIENCE_S)
    post, delete = api.requests
    assert (post.method, post.path) == ("POST", "/v1/@connections/BFaT_fALIAMCKug%3D")
    assert (delete.method, delete.path) == ("DELETE", "/v1/@connections/BFaT_fALIAMCKug%3D")
    assert post.headers["host"] == f"127.0.0.1:{api.port}"
    assert post.headers["content-length"] == str(len(FRAME))
    assert "/eu-west-1/execute-api/aws4_request" in post.headers["authorization"]
    assert post.headers["x-amz-security-token"] == "session/token+=="


@pytest.mark.parametrize(("method", "body"), [("POST", FRAME), ("DELETE", b"")])
def test_the_signature_equals_botocores(
    api: ManagementApi, crt: AwsCrtPush, monkeypatch: pytest.MonkeyPatch, method: str, body: bytes
) -> None:
    if method == "POST":
        crt.start([ONE], FRAME).wait(PATIENCE_S)
    else:
        crt.close([ONE], PATIENCE_S)
    (sent,) = api.requests
    signed_at = datetime.strptime(sent.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: signed_at)
    theirs = AWSRequest(
        method, f"http://127.0.0.1:{api.port}{sent.path}", {"Host": sent.headers["host"]}, body
    )
    keys = Credentials("AKIDEXAMPLE", "not-a-secret", "session/token+==")
    SigV4Auth(keys, "execute-api", "eu-west-1").add_auth(theirs)
    assert sent.headers["authorization"] == theirs.headers["Authorization"]


def test_missing_credentials_fail_the_push_without_raising(
    api: ManagementApi, crt: AwsCrtPush, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    ids = [ConnectionId(f"unsigned-{number}=") for number in range(500)]
    assert crt.start(ids, FRAME).wait(PATIENCE_S).failed == dict.fromkeys(ids, "unsigned")
    assert api.requests == []


@pytest.mark.parametrize("url", ["", "ws://host/v1", "host/v1", "https://", "https://h/v1?x=1"])
def test_an_endpoint_that_is_no_http_url_stops_the_cold_start(url: str) -> None:
    with pytest.raises(BadSetting):
        AwsCrtPush(url, "eu-west-1")


def test_the_default_port_is_not_part_of_the_host_header() -> None:
    endpoint = signing.Endpoint.from_url("https://abc.execute-api.eu-west-1.amazonaws.com/prod/")
    assert endpoint.host_header == "abc.execute-api.eu-west-1.amazonaws.com"
    assert endpoint.path(ONE) == "/prod/@connections/BFaT_fALIAMCKug%3D"
