"""The OpenAPI document: it says what the routes do, and is one that tools can read."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from parley.errors import HTTP_STATUS, ErrorCode
from parley.http.routes import Route
from parley.http.table import OPEN, PEOPLE, ROOMS, ROUTES
from tools import openapi, shapes

DOCUMENT = openapi.document()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def described(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = DOCUMENT["paths"][route.path][route.method.lower()]
    return operation


def test_every_route_is_described_once() -> None:
    told = {(m.upper(), path) for path, item in DOCUMENT["paths"].items() for m in item}
    assert told == {(route.method, route.path) for route in ROUTES}
    names = [described(route)["operationId"] for route in ROUTES]
    assert len(set(names)) == len(names)
    assert all(described(route)["summary"] for route in ROUTES)


def test_every_reference_leads_somewhere() -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(DOCUMENT))):
        node: Any = DOCUMENT
        for part in reference.split("/"):
            node = node[part]


def test_every_schema_is_one() -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)


def test_every_link_names_an_operation_and_its_parameters() -> None:
    by_name = {described(route)["operationId"]: route for route in ROUTES}
    links = [
        link
        for route in ROUTES
        for link in described(route)["responses"]["200"].get("links", {}).values()
    ]
    assert links
    for link in links:
        assert set(link["parameters"]) <= set(by_name[link["operationId"]].parameters)


@pytest.mark.parametrize("route", [*ROOMS, *PEOPLE], ids=openapi.operation_id)
def test_a_route_tells_its_refusals(route: Route) -> None:
    told = set(described(route)["responses"])
    everywhere = {"200", "400", "401", "403", "429", "500", "503"}
    own = {str(HTTP_STATUS[code]) for code in route.refusals}
    assert told == everywhere | own | ({"413"} if route.body else set())
    assert "security" not in described(route)
    if route.parameters:
        assert ErrorCode.NOT_FOUND in route.refusals


def test_open_routes_need_no_token_and_tickets_take_cookies_too() -> None:
    security = {route.path: described(route)["security"] for route in OPEN}
    ticket = security.pop("/ticket")
    assert ticket[0] == {"token": []}
    assert {"dashboard_access_token": []} in ticket
    assert all(needed == [] for needed in security.values())


def test_a_refusal_is_an_error_of_its_code() -> None:
    for code, answer in DOCUMENT["components"]["responses"].items():
        (media,) = answer["content"].values()
        assert media["schema"]["allOf"][1] == {"properties": {"error": {"const": code}}}
        assert ("headers" in answer) == (code in {"RATE_LIMITED", "UNAVAILABLE"})


def test_query_parameters_are_never_null() -> None:
    parameters = described(next(r for r in ROUTES if r.path == "/users"))["parameters"]
    assert [each["name"] for each in parameters] == [
        "q",
        "role",
        "tenantId",
        "cursor",
        "limit",
        "scope",
    ]
    assert all(each["schema"]["type"] in {"string", "integer"} for each in parameters)
    assert "null" not in str(parameters)


def test_two_shapes_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "errors", lambda: {"CreateRoom": {}})
    with pytest.raises(ValueError, match="the same public name"):
        openapi.document()
