"""What botocore raises, as errors of Parley; the one place that knows its exceptions."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ProxyConnectionError,
    ResponseStreamingError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from parley.adapters.dynamodb.items import Item
from parley.errors import OutcomeUnknown, ParleyError, StoreUnavailable

FOREIGN = (ClientError, BotoCoreError, ResponseParserError)

_CONDITION = "ConditionalCheckFailed"
_CONTENTION = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
    }
)
_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
# TLS can break while the answer is read, so an SSLError may follow a commit.
_UNANSWERED = (
    HTTPClientError,
    IncompleteReadError,
    ResponseParserError,
    ResponseStreamingError,
    SSLError,
)


class StoreContended(StoreUnavailable):
    """Raised when DynamoDB throttled, or another transaction was in the way: nothing was done."""


class StoreUnanswered(StoreUnavailable):
    """Raised when the answer to a request that was sent never came: it may have been done."""


class StoreRejected(ParleyError):
    """Raised when DynamoDB refuses what we ask for: a fault of ours, or of the deployment."""


class ConditionFailed(StoreRejected):
    """Raised when the condition of a single write does not hold; stores handle it."""

    def __init__(self, item: Item | None) -> None:
        """Keep the item that is there, where it was asked for and exists."""
        super().__init__(_CONDITION)
        self.item = item


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one action of a cancelled transaction did not pass."""

    failed: bool
    item: Item | None


class TransactionCanceled(StoreRejected):
    """Raised when at least one condition of a transaction does not hold; stores handle it."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        """Keep one reason for each action, in their order."""
        super().__init__(_CONDITION)
        self.reasons = reasons


@contextmanager
def telling_doubt() -> Iterator[None]:
    """Tell a write that may have been done from one that was not (SPEC §3)."""
    try:
        yield
    except StoreUnanswered as exc:
        raise OutcomeUnknown(str(exc)) from exc


def translated(error: Exception) -> ParleyError:
    """Return the error of Parley for one of `FOREIGN`; its text never holds what was sent."""
    if isinstance(error, ClientError):
        return _refusal(error)
    cause = type(error).__name__
    if isinstance(error, _NEVER_SENT):
        return StoreUnavailable(cause)
    if isinstance(error, _UNANSWERED):
        return StoreUnanswered(cause)
    return StoreRejected(cause)


def _refusal(error: ClientError) -> ParleyError:
    # botocore types the response loosely: the fields below exist only for some codes.
    response: Mapping[str, Any] = error.response
    code = str(response.get("Error", {}).get("Code", ""))
    if code == "ConditionalCheckFailedException":
        return ConditionFailed(response.get("Item"))
    if code == "TransactionCanceledException":
        return _cancellation(response.get("CancellationReasons", []))
    if code in _CONTENTION:
        return StoreContended(code)
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status >= 500 or code == "TransactionInProgressException":
        return StoreUnanswered(f"{status} {code}")
    return StoreRejected(code)


def _cancellation(reasons: Sequence[Mapping[str, Any]]) -> ParleyError:
    codes = {str(reason.get("Code", "None")) for reason in reasons} - {"None"}
    if _CONDITION in codes:
        return TransactionCanceled(
            [Reason(reason.get("Code") == _CONDITION, reason.get("Item")) for reason in reasons]
        )
    if codes and codes <= _CONTENTION:
        return StoreContended(", ".join(sorted(codes)))
    return StoreRejected(", ".join(sorted(codes)) or "TransactionCanceledException")
