"""Route selection of both kinds of API, without a server."""

import pytest

from gateway.model import HttpRoute, Route
from gateway.routing import HttpRouter, error_frame, select_route

ROUTES = {key: Route(key, "F", 1.0, True) for key in ("echo", "7", "true", "[a, b]", "$connect")}
WITH_DEFAULT = {**ROUTES, "$default": Route("$default", "F", 1.0, True)}


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ('{"action": "echo"}', "echo"),
        ('{"action": 7}', "7"),
        ('{"action": true}', "true"),
        ('{"action": ["a", "b"]}', "[a, b]"),
        ('{"action": "other"}', "$default"),
        ('{"action": "$connect"}', "$default"),
        ('{"action": null}', "$default"),
        ('{"other": 1}', "$default"),
        ("[]", "$default"),
        ("no json", "$default"),
        ("", "$default"),
        ("[" * 100_000, "$default"),
    ],
)
def test_route_key_is_the_expression_as_text(body: str, key: str) -> None:
    chosen = select_route(WITH_DEFAULT, "$request.body.action", body)
    assert chosen is not None
    assert chosen.key == key


def test_expression_may_lead_into_objects_and_have_braces() -> None:
    body = '{"a": {"b": "echo"}}'
    for expression in ("$request.body.a.b", "${request.body.a.b}"):
        chosen = select_route(WITH_DEFAULT, expression, body)
        assert chosen is not None
        assert chosen.key == "echo"


def test_no_match_and_no_default_is_no_route() -> None:
    assert select_route(ROUTES, "$request.body.action", '{"action": "x"}') is None
    assert select_route(ROUTES, "$request.header.x", '{"action": "echo"}') is None


def test_error_frame_has_the_bytes_of_api_gateway() -> None:
    expected = '{"message": "Forbidden", "connectionId":"c", "requestId":"r"}'
    assert error_frame("Forbidden", "c", "r") == expected


ROUTER = HttpRouter(
    [
        HttpRoute(key, key, 1.0)
        for key in (
            "ANY /a/{rest+}",
            "GET /a/{id}",
            "GET /a/fixed",
            "ANY /a/fixed",
            "GET /a.b",
            "$default",
        )
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("GET", "/a/fixed", "GET /a/fixed", {}),
        ("POST", "/a/fixed", "ANY /a/fixed", {}),
        ("GET", "/a/x%2Fy", "GET /a/{id}", {"id": "x/y"}),
        ("POST", "/a/x", "ANY /a/{rest+}", {"rest": "x"}),
        ("GET", "/a/x/y", "ANY /a/{rest+}", {"rest": "x/y"}),
        ("GET", "/a.b", "GET /a.b", {}),
        ("GET", "/aXb", "$default", {}),
        ("GET", "/a", "$default", {}),
    ],
)
def test_most_specific_http_route_wins(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    match = ROUTER.match(method, path)
    assert match is not None
    assert (match.route.key, match.path_parameters) == (key, parameters)


def test_http_api_without_default_route_matches_nothing_else() -> None:
    assert HttpRouter([HttpRoute("GET /a", "F", 1.0)]).match("GET", "/b") is None
