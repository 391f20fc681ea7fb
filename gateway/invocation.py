"""What can go wrong with an invocation, and what an execution environment is."""

from __future__ import annotations

from typing import Any, Protocol


class InvocationError(Exception):
    """Raised when a function gave no result."""


class HandlerFailedError(InvocationError):
    """Raised when the handler raised; `error_type` and `message` are those of its exception."""

    def __init__(self, error_type: str, message: str) -> None:
        """Keep what Lambda would report."""
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message


class InitFailedError(HandlerFailedError):
    """Raised when the handler's module could not be imported."""


class FunctionTimedOutError(InvocationError):
    """Raised when a function's own timeout ended its environment."""


class EnvironmentCrashedError(InvocationError):
    """Raised when the process of an environment ended in the middle of an invocation."""


class IntegrationTimedOutError(InvocationError):
    """Raised when an API stopped waiting; the function runs on, as on AWS."""


class Environment(Protocol):
    """One execution environment; it serves one invocation at a time."""

    @property
    def is_alive(self) -> bool:
        """Whether it can serve another invocation."""
        ...

    async def invoke(self, event: Any, request_id: str) -> Any:
        """Serve one invocation.

        Raises:
            InvocationError: When there is no result.
        """
        ...

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        ...

    def freeze(self) -> None:
        """Stop the process where it is; nothing in it runs any more."""
        ...

    def thaw(self) -> None:
        """Let the process go on."""
        ...

    async def close(self) -> None:
        """End it and wait until it is gone."""
        ...


def result_of(answer: dict[str, Any], failed: type[HandlerFailedError]) -> Any:
    """The result in a worker's answer.

    Raises:
        HandlerFailedError: As `failed`, when the answer says so.
    """
    error = answer.get("error")
    if error is not None:
        raise failed(error["errorType"], error["errorMessage"])
    return answer.get("result")
