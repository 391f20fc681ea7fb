"""The HTTP API: events and answers of payload format 2.0, as a client causes and sees them."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from yarl import URL

from tests.gateway.harness import RunningGateway

pytestmark = pytest.mark.gateway


@pytest.fixture
async def http(gateway: RunningGateway) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(f"{gateway.url}/api/", cookie_jar=jar) as session:
        yield session


async def test_event_is_version_2(http: aiohttp.ClientSession) -> None:
    headers = {"Cookie": "a=1; b=2", "X-Two": "x"}
    async with http.get("things/a%20b?q=1&q=2&r=", headers=headers) as answer:
        event = await answer.json()
    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /things/{id}"
    assert event["rawPath"] == "/things/a b"
    assert event["rawQueryString"] == "q=1&q=2&r="
    assert event["queryStringParameters"] == {"q": "1,2", "r": ""}
    assert event["pathParameters"] == {"id": "a b"}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-two"] == "x"
    assert "cookie" not in event["headers"]
    assert "body" not in event
    context = event["requestContext"]
    assert context["http"]["method"] == "GET"
    assert context["http"]["path"] == "/things/a b"
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert context["stage"] == "$default"
    assert context["routeKey"] == event["routeKey"]
    assert isinstance(context["timeEpoch"], int)


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("percent%2525done", "/any/percent%done"),
        ("slash%2Fvalue", "/any/slash/value"),
        ("literal%252Fvalue", "/any/literal/value"),
        ("hash%23value", "/any/hash#value"),
        ("question%3Fvalue", "/any/question"),
        ("literal%253Fvalue", "/any/literal?value"),
    ],
)
async def test_a_path_is_decoded_twice_as_on_aws(
    http: aiohttp.ClientSession, sent: str, seen: str
) -> None:
    async with http.post(URL(f"any/{sent}", encoded=True)) as answer:
        event = await answer.json()
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == seen


async def test_a_path_whose_percent_sign_escapes_nothing_is_refused(
    http: aiohttp.ClientSession,
) -> None:
    async with http.post(URL("any/percent%25done", encoded=True)) as answer:
        assert (answer.status, await answer.json()) == (400, {"message": "Bad Request"})


async def test_text_body_is_text_and_other_bodies_are_base64(http: aiohttp.ClientSession) -> None:
    async with http.post("any/x/y", json={"a": "ü"}) as answer:
        event = await answer.json()
    assert event["pathParameters"] == {"rest": "x/y"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"a": "\\u00fc"}', False)
    async with http.post("any/x", data=b"\xff") as answer:
        event = await answer.json()
    assert (event["body"], event["isBase64Encoded"]) == ("/w==", True)


async def test_full_answer_has_status_headers_cookies_and_binary(
    http: aiohttp.ClientSession,
) -> None:
    async with http.get("things/1?do=full") as answer:
        assert answer.status == 201
        assert answer.headers["content-type"] == "image/png"
        assert answer.headers["x-own"] == "1"
        assert answer.headers.getall("set-cookie") == ["a=1; Path=/", "b=2"]
        assert await answer.read() == b"\x89PNG"


async def test_answer_without_status_code_is_json(http: aiohttp.ClientSession) -> None:
    async with http.get("things/1?do=plain") as answer:
        assert answer.status == 200
        assert await answer.json() == {"plain": True}


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "absent", 404, "Not Found"),
        ("POST", "things/1", 404, "Not Found"),
        ("GET", "things/1?do=raise", 500, "Internal Server Error"),
        ("GET", "hasty?do=sleep", 503, "Service Unavailable"),
    ],
)
async def test_failures_are_answered_in_the_words_of_api_gateway(
    http: aiohttp.ClientSession, method: str, path: str, status: int, message: str
) -> None:
    async with http.request(method, path) as answer:
        assert (answer.status, await answer.json()) == (status, {"message": message})


async def test_preflight_is_answered_by_the_api_itself(
    gateway: RunningGateway, http: aiohttp.ClientSession
) -> None:
    before = gateway.gateway.pools["Http"].invocations
    asks = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    async with http.options("things/1", headers=asks) as answer:
        assert answer.status == 204
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        assert answer.headers["access-control-allow-methods"] == "GET,POST"
        assert answer.headers["access-control-max-age"] == "600"
    assert gateway.gateway.pools["Http"].invocations == before


async def test_answers_carry_cors_headers_for_allowed_origins_only(
    http: aiohttp.ClientSession,
) -> None:
    origins = {"https://app.example": True, "https://two.example": True, "https://x.example": False}
    for origin, allowed in origins.items():
        async with http.get("things/1", headers={"Origin": origin}) as answer:
            assert ("access-control-allow-origin" in answer.headers) is allowed
