"""What an authorizer's answer means, by the rules of REQUEST authorizers. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

MAX_RESULT_BYTES = 8192
_INVOKE = "execute-api:Invoke"


class MalformedResultError(Exception):
    """Raised when an authorizer's answer breaks a rule; API Gateway answers 500 then."""


def authorizer_context(result: Any) -> dict[str, str]:
    """The part of an authorizer's answer that every later event carries, all of it text.

    Raises:
        MalformedResultError: For too much of it, no principal, or values that are not scalar.
    """
    if not isinstance(result, Mapping) or not isinstance(result.get("principalId"), str):
        raise MalformedResultError("the result has no principalId")
    size_bytes = len(json.dumps(result, separators=(",", ":"), ensure_ascii=False).encode())
    if size_bytes > MAX_RESULT_BYTES:
        raise MalformedResultError(f"the result has {size_bytes} bytes, above {MAX_RESULT_BYTES}")
    context = result.get("context") or {}
    if not isinstance(context, Mapping):
        raise MalformedResultError("context is no map")
    texts = {str(key): _as_text(key, value) for key, value in context.items()}
    return {**texts, "principalId": result["principalId"]}


def _as_text(key: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise MalformedResultError(f"context.{key} is neither text nor number nor boolean")


def is_allowed(result: Any, method_arn: str) -> bool:
    """Whether the policy allows `execute-api:Invoke` on `method_arn`; a Deny that fits wins.

    Condition blocks are not evaluated: a statement that has one applies without it.

    Raises:
        MalformedResultError: When there is no policy to judge.
    """
    effects = {
        statement.get("Effect")
        for statement in _statements(result)
        if _fits(statement.get("Action"), _INVOKE, ignore_case=True)
        and _fits(statement.get("Resource"), method_arn)
    }
    return "Allow" in effects and "Deny" not in effects


def _statements(result: Any) -> Iterator[Mapping[str, Any]]:
    document = result.get("policyDocument") if isinstance(result, Mapping) else None
    statements = document.get("Statement") if isinstance(document, Mapping) else None
    listed = [statements] if isinstance(statements, Mapping) else statements
    if not isinstance(listed, list) or not listed:
        raise MalformedResultError("the result has no policyDocument with a Statement")
    for statement in listed:
        if not isinstance(statement, Mapping):
            raise MalformedResultError("a Statement is no map")
        yield statement


def _fits(patterns: Any, text: str, *, ignore_case: bool = False) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns]
    flags = re.IGNORECASE if ignore_case else 0
    return any(
        isinstance(pattern, str) and re.fullmatch(_as_regex(pattern), text, flags) is not None
        for pattern in listed
    )


def _as_regex(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
