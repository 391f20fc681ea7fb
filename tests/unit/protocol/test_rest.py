"""Shapes of the REST API: bounds that are said twice, and query parameters."""

import pytest
from pydantic import TypeAdapter, ValidationError

from parley.domain import tokens
from parley.domain.policies import TENANT_BOUNDS
from parley.errors import InvalidInput
from parley.protocol import frames, queries, rest
from parley.protocol.fields import Input

QUERIES = [
    model
    for model in vars(queries).values()
    if isinstance(model, type) and issubclass(model, Input) and model is not Input
]


@pytest.mark.parametrize(("name", "bounds"), TENANT_BOUNDS.items())
def test_a_tenants_limits_have_the_bounds_of_the_rules(name: str, bounds: tuple[int, int]) -> None:
    field = rest.PutTenantSettings.model_fields[name]
    for value in bounds:
        frames.read_data(rest.PutTenantSettings, {field.alias: value})
    for value in (bounds[0] - 1, bounds[1] + 1):
        with pytest.raises(InvalidInput):
            frames.read_data(rest.PutTenantSettings, {field.alias: value})


def test_every_limit_that_a_tenant_may_set_is_named() -> None:
    assert set(rest.PutTenantSettings.model_fields) == set(TENANT_BOUNDS)


@pytest.mark.parametrize(
    ("name", "longest"),
    [
        ("picture", tokens.MAX_PICTURE_CHARS),
        ("email", tokens.MAX_EMAIL_CHARS),
        ("role", tokens.MAX_ROLE_CHARS),
    ],
)
def test_a_profile_is_as_long_as_a_tokens(name: str, longest: int) -> None:
    rest.PutUser.model_validate({name: "x" * longest})
    with pytest.raises(ValidationError):
        rest.PutUser.model_validate({name: "x" * (longest + 1)})


@pytest.mark.parametrize("model", QUERIES)
def test_whatever_is_no_text_in_a_query_is_known_by_its_name(model: type[Input]) -> None:
    schema = TypeAdapter(model).json_schema(by_alias=True).get("properties", {})
    kinds = {name: {part.get("type") for part in _parts(each)} for name, each in schema.items()}
    assert {name for name, types in kinds.items() if "integer" in types} <= queries.INTEGERS
    assert {name for name, types in kinds.items() if "array" in types} <= queries.LISTS
    assert set().union(*kinds.values()) <= {"string", "integer", "array", "null"}


def _parts(schema: dict[str, list[dict[str, str]]]) -> list[dict[str, str]]:
    whole: list[dict[str, str]] = [schema]  # type: ignore[list-item]
    return schema.get("anyOf", whole)


def test_history_is_read_in_one_direction() -> None:
    assert frames.read_data(queries.GetMessages, {"after": 1})
    with pytest.raises(InvalidInput) as refused:
        frames.read_data(queries.GetMessages, {"after": 1, "before": 9})
    assert refused.value.details[0].reason == "name before or after, not both"
