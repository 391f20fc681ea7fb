"""HTTP as the command needs it: one request, its answer, and errors as sentences."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.aws import Unreachable
from cli.errors import BadAnswer, CliError, WrongUse

TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status.

    Attributes:
        headers: By lower-cased name.
        took_ms: From the request's first byte to the answer's last.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    took_ms: float

    def json(self) -> Any:
        """Return the body as JSON; raises `CliError` for anything else."""
        try:
            return json.loads(self.body)
        except ValueError as exc:
            raise CliError("the answer is not Parley's: it is no JSON") from exc


class Refused(BadAnswer):
    """Raised when the REST API refuses a request."""

    def __init__(self, answer: Answer) -> None:
        """Keep the code; say what the answer says."""
        body = answer.json()
        said = body if isinstance(body, dict) else {}
        self.code = str(said.get("error", answer.status))
        details = "; ".join(f"{d['path']} {d['reason']}" for d in said.get("details", []))
        super().__init__(
            f"Parley refused: {self.code}: {said.get('message', 'no reason given')}"
            + (f" ({details})" if details else "")
            + (f", try again in {said['retryAfter']} s" if "retryAfter" in said else "")
            + (f" [{said['correlationId']}]" if "correlationId" in said else "")
        )


def fetch(
    method: str,
    url: str,
    *,
    body: Mapping[str, Any] | None = None,
    token: str | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Answer:
    """Send one request, with a JSON body or none.

    Raises:
        WrongUse: The URL is none of http or https.
        Unreachable: Nothing answers there.
    """
    if not url.startswith(("http://", "https://")):
        raise WrongUse(f"{url} is no http or https address")
    headers = {"accept": "application/json"}
    data = None
    if body is not None:
        headers["content-type"] = "application/json"
        data = json.dumps(body).encode()
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - see above
    started = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as reply:  # noqa: S310 - see above
            status, got, content = reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as exc:
        status, got, content = exc.code, exc.headers, exc.read()
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "reason", exc)
        raise Unreachable(f"{url} does not answer: {reason}") from exc
    took_ms = (time.perf_counter() - started) * 1000
    return Answer(status, {k.lower(): v for k, v in got.items()}, content, took_ms)


def ask(
    method: str, url: str, *, token: str | None = None, body: Mapping[str, Any] | None = None
) -> tuple[Any, float]:
    """Send one request and return the JSON of its good answer, and how long it took (ms).

    Raises:
        Refused: The answer is no success.
        CliError: There is none, or it is no JSON.
    """
    answer = fetch(method, url, body=body, token=token)
    if not 200 <= answer.status < 300:
        raise Refused(answer)
    return answer.json(), answer.took_ms
