"""Both APIs as a client meets them: REST with Redis and clock behind it, and a WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from cli.doctor.findings import Check, Finding, Patient, fail, ok, unknown, warn
from cli.doctor.socket import OPEN, Talk, handshake, talk
from cli.errors import CliError
from cli.http import Answer, ask, fetch
from cli.tokens import Person, token_for

SUB = "parley-doctor"
TOKEN_S = 300
# Further ahead, tokens that this machine signs are refused; `domain.tokens`.
SKEW_FAILS_S = 60
SKEW_WARNS_S = 5
_SEE_LOGS = "see the functions' log group for lines of level ERROR"


def look_at_rest(patient: Patient) -> Iterator[Finding]:
    """Ask REST how it is, which tells about DynamoDB and Redis, and what time it is there."""
    answer = fetch("GET", f"{patient.target.rest_url}/healthz")
    yield from judge_health(answer)
    yield judge_clock(answer)


def judge_health(answer: Answer) -> Iterator[Finding]:
    """Judge an answer to ``/healthz``, which also tells whether Redis is reached."""
    if answer.status == 503:
        yield fail("rest", "the REST API answers, and DynamoDB does not answer it", _SEE_LOGS)
    elif answer.status != 200:
        yield fail("rest", f"the REST API answers {answer.status} to /healthz", _SEE_LOGS)
    else:
        yield ok("rest", f"the REST API answers in {answer.took_ms:.0f} ms")
        yield _redis(answer)


def _redis(answer: Answer) -> Finding:
    if answer.json().get("status") == "ok":
        return ok("redis", "the functions reach Redis")
    return fail(
        "redis",
        "the functions cannot reach Redis: messages are stored, and pushed to nobody",
        "see the lines redis_unreachable in the logs, and docs/runbooks/",
    )


def judge_clock(answer: Answer) -> Finding:
    """Compare this machine's clock with the one that an answer names."""
    said = answer.headers.get("date")
    if said is None:
        return unknown("clock", "the REST API does not say what time it is", "compare by hand")
    skew_s = (datetime.now(UTC) - parsedate_to_datetime(said)).total_seconds()
    says = f"this machine's clock differs from the API's by {abs(skew_s):.0f} s"
    if abs(skew_s) > SKEW_FAILS_S:
        return fail("clock", f"{says}: tokens that it signs are refused", "set it, by NTP say")
    if abs(skew_s) > SKEW_WARNS_S:
        return warn("clock", says, "set it, by NTP say")
    return ok("clock", says)


def look_at_handshake(patient: Patient) -> Iterator[Finding]:
    """Connect without a token, which must be refused by the authorizer."""
    yield judge_handshake(handshake(patient.target.ws_url))


def judge_handshake(status: int) -> Finding:
    """Judge the answer to a connection without a token."""
    name = "websocket"
    if status in (401, 403):
        return ok(name, f"the WebSocket API refuses a connection without a token ({status})")
    if status == OPEN:
        return fail(
            name,
            "the WebSocket API lets anybody in, without a token",
            "see that its $connect route has the authorizer, and deploy again",
        )
    return fail(
        name,
        f"the WebSocket API answers {status} to a connection without a token, not 401",
        f"the authorizer does not run: {_SEE_LOGS}",
    )


def look_at_session(patient: Patient) -> Iterator[Finding]:
    """Connect with a ticket, as a browser does, then beat and sync."""
    name = "session"
    try:
        token = patient.token or _own_token(patient)
    except CliError as exc:
        yield unknown(name, f"no connection was tried: {exc}", "say --token TOKEN")
        return
    ticket, _ = ask("POST", f"{patient.target.rest_url}/ticket", token=token)
    yield judge_session(talk(f"{patient.target.ws_url}?ticket={quote(ticket['ticket'])}"))


def judge_session(spoken: Talk) -> Finding:
    """Judge what a connection with a ticket was answered."""
    from parley.services.sync import UNKNOWN_EPOCH

    name = "session"
    if spoken.status != OPEN:
        return fail(name, f"a connection with a ticket is refused ({spoken.status})", _SEE_LOGS)
    if spoken.sync.get("epoch") == UNKNOWN_EPOCH:
        return fail(
            name,
            "connect, heartbeat and sync work, but without Redis: nothing is pushed",
            "see the finding about redis",
        )
    rooms = len(spoken.sync.get("rooms", []))
    return ok(name, f"connect, heartbeat and sync work ({rooms} rooms)")


def _own_token(patient: Patient) -> str:
    return token_for(patient.target, Person(SUB, patient.tenant, expires_in_s=TOKEN_S))


CHECKS = (
    Check("rest", look_at_rest, f"is the address right? {_SEE_LOGS}"),
    Check("websocket", look_at_handshake, f"is the address right? {_SEE_LOGS}"),
    Check("session", look_at_session, f"see the finding about tokens; {_SEE_LOGS}"),
)
