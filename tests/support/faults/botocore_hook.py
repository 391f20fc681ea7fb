"""A DynamoDB that fails as a test wants it to.

The faults are put below botocore's parser, so that its own exceptions reach the adapter.
"""

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from parley.adapters.dynamodb.table import Table

__all__ = ["faults", "faulty"]

ENDPOINT = "http://faults.invalid"

Answer = Callable[[AWSPreparedRequest], AWSResponse | None]


@dataclass
class Faults:
    """Answers requests in place of the emulator, one for each; None lets a request pass.

    Attributes:
        only: The operations that are answered; empty for all.
    """

    answers: list[Answer | None] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    only: frozenset[str] = frozenset()

    def __call__(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        self.requests.append((operation, json.loads(request.body)))
        passes = bool(self.only) and operation not in self.only
        answer = self.answers.pop(0) if self.answers and not passes else None
        return None if answer is None else answer(request)


class Raw:
    """The body of an answer, as botocore wants to read it."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.body


def says(status: int, body: dict[str, Any]) -> Answer:
    content = json.dumps(body).encode()
    headers = {"x-amzn-requestid": "fault"}
    return lambda request: AWSResponse(request.url, status, headers, Raw(content))


def error(code: str, status: int = 400) -> Answer:
    return says(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"})


def canceled(*codes: str) -> Answer:
    reasons = [{"Code": code} for code in codes]
    body = {"__type": "#TransactionCanceledException", "message": "no"}
    return says(400, {**body, "CancellationReasons": reasons})


def breaks(failure: BotoCoreError) -> Answer:
    def answer(_: AWSPreparedRequest) -> AWSResponse | None:
        raise failure

    return answer


def done_but(failure: BotoCoreError) -> Answer:
    """Let the emulator do it, and lose the answer."""

    def answer(request: AWSPreparedRequest) -> AWSResponse | None:
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        sent = urllib.request.Request(request.url, request.body, headers, method="POST")  # noqa: S310
        # What it would have refused is lost like any other answer.
        with suppress(HTTPError), urllib.request.urlopen(sent) as response:  # noqa: S310
            response.read()
        raise failure

    return answer


TIMEOUT = ReadTimeoutError(endpoint_url=ENDPOINT)
CLOSED = ConnectionClosedError(endpoint_url=ENDPOINT)
REFUSED = EndpointConnectionError(endpoint_url=ENDPOINT)
NO_ROUTE = ConnectTimeoutError(endpoint_url=ENDPOINT)
THROTTLED = error("ThrottlingException")


@contextmanager
def listening(dynamodb: Table, faults: Faults) -> Iterator[None]:
    client: Any = dynamodb.client
    client.meta.events.register("before-send.dynamodb", faults)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.dynamodb", faults)


@pytest.fixture
def faults(dynamodb: Table) -> Iterator[Faults]:
    made = Faults()
    with listening(dynamodb, made):
        yield made


@pytest.fixture
def faulty(dynamodb: Table, faults: Faults) -> Table:
    return replace(dynamodb, sleep=faults.waits.append)
