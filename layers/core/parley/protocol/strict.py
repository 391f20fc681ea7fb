"""A strict JSON reader: what two parsers could read in two ways is refused (SPEC §3)."""

import json
import re
from typing import Any, NoReturn

from parley.errors import InvalidInput, PayloadTooLarge

MAX_FRAME_BYTES = 32 * 1024
MAX_DEPTH = 16
MAX_INTEGER = 2**53

# Possessive, and without need of an end: many quotes that are never closed cost no more than one.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def loads(text: str, *, max_bytes: int = MAX_FRAME_BYTES) -> Any:
    """Read one JSON value.

    Raises:
        PayloadTooLarge: It is over ``max_bytes`` in UTF-8.
        InvalidInput: It is not JSON, repeats a key, nests deeper than 16, holds NaN, Infinity, an
            integer beyond 2^53, a number that overflows, or a lone surrogate.
    """
    _check_size(text, max_bytes)
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_int=_bounded_int,
            parse_float=_finite_float,
        )
    except json.JSONDecodeError as exc:
        raise InvalidInput.at("$", "not JSON") from exc
    if _ESCAPED_SURROGATE.search(text):
        _check_surrogates(value)
    return value


def _check_size(text: str, max_bytes: int) -> None:
    try:
        size_bytes = len(text.encode())
    except UnicodeEncodeError as exc:
        raise InvalidInput.at("$", "lone surrogate") from exc
    if size_bytes > max_bytes:
        raise PayloadTooLarge(f"{size_bytes} bytes, at most {max_bytes}")


def _check_depth(text: str) -> None:
    # Before parsing: Python 3.11 answers deep nesting with RecursionError, 3.13 accepts it.
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise InvalidInput.at("$", f"nested deeper than {MAX_DEPTH}")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise InvalidInput.at("$", "a key is repeated")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidInput.at("$", f"{name} is not JSON")


def _bounded_int(digits: str) -> int:
    # Length first: int() of thousands of digits costs CPU, and raises beyond 4,300.
    if len(digits) > len(str(-MAX_INTEGER)) or abs(int(digits)) > MAX_INTEGER:
        raise InvalidInput.at("$", "integer beyond 2^53")
    return int(digits)


def _finite_float(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise InvalidInput.at("$", "number too large")
    return number


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        raise InvalidInput.at("$", "lone surrogate") from exc
