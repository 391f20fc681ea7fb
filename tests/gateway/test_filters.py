"""Which records of a stream reach a function."""

import json
from typing import Any

import pytest

from gateway.filters import UnknownFilterError, passes, read_patterns


def patterns(*wanted: dict[str, Any]) -> Any:
    return read_patterns({"Filters": [{"Pattern": json.dumps(each)} for each in wanted]})


RECORD = {"eventName": "INSERT", "dynamodb": {"Keys": {"sk": {"S": "S#001"}}, "Size": 7}}


def key(*elements: Any) -> dict[str, Any]:
    return {"dynamodb": {"Keys": {"sk": {"S": list(elements)}}}}


@pytest.mark.parametrize(
    "pattern",
    [
        key({"prefix": "S#"}),
        key({"suffix": "001"}),
        key("META", "S#001"),
        key({"anything-but": ["META"]}),
        key({"anything-but": "META"}),
        key({"exists": True}),
        {"absent": [{"exists": False}]},
        {"dynamodb": {"Size": [{"numeric": [">", 5, "<=", 7]}]}},
        {"dynamodb": {"Size": [7]}},
        {"eventName": ["INSERT"], **key({"prefix": "S#"})},
    ],
)
def test_a_record_that_matches_passes(pattern: dict[str, Any]) -> None:
    assert passes(RECORD, patterns(pattern))


@pytest.mark.parametrize(
    "pattern",
    [
        key({"prefix": "M#"}),
        key("META"),
        key({"anything-but": "S#001"}),
        key({"exists": False}),
        {"absent": [{"exists": True}]},
        {"absent": ["x"]},
        {"absent": [{"anything-but": "x"}]},
        {"dynamodb": {"Size": [{"numeric": [">", 7]}]}},
        {"dynamodb": {"Size": [{"prefix": "7"}]}},
        {"eventName": ["MODIFY"], **key({"prefix": "S#"})},
        {"eventName": {"deeper": ["INSERT"]}},
    ],
)
def test_a_record_that_does_not_match_stays(pattern: dict[str, Any]) -> None:
    assert not passes(RECORD, patterns(pattern))


def test_one_pattern_of_several_is_enough_and_none_lets_everything_pass() -> None:
    assert passes(RECORD, patterns(key("META"), key("S#001")))
    assert passes(RECORD, read_patterns(None))


def test_an_operator_that_is_not_evaluated_is_refused() -> None:
    with pytest.raises(UnknownFilterError, match="wildcard of S"):
        patterns(key({"wildcard": "S*"}))
