"""What the REST API reads: paths, queries and bodies, as strictly as frames (SPEC §3, §7)."""

import base64
import json
from typing import Any

import pytest

from tests.handlers.conftest import SignIn, invoke, sample
from tests.support.memory import World
from tests.support.rest import Rest, request_event

# Characters that mean something in paths, of other alphabets, and one that Powertools' patterns
# would not let through.
ODD_IDS = ["a/b", "/", "a b", "ü", "👋", "a%2Fb", "q?x=1#y", "<a>", "a\\b", '"', "revoke", "a,b"]


@pytest.fixture
def alice(sign_in: SignIn) -> Rest:
    return sign_in("alice", role="tenant_admin")


@pytest.mark.parametrize("user_id", ODD_IDS)
def test_a_user_id_in_a_path_may_hold_any_character(alice: Rest, user_id: str) -> None:
    put = alice.do("PUT", f"/users/{user_id}", {"name": "Odd"})
    assert put["userId"] == user_id
    assert alice.do("GET", f"/users/{user_id}") == put
    assert alice.do("POST", f"/users/{user_id}/revoke")["userId"] == user_id
    group = alice.do("POST", "/rooms", {"type": "group", "memberIds": [user_id]})
    left = alice.do("DELETE", f"/rooms/{group['roomId']}/members/{user_id}")
    assert [member["userId"] for member in left["members"]] == ["alice"]


def test_an_id_that_ends_like_a_route_is_not_reached_by_path(alice: Rest) -> None:
    assert alice.answer("GET", "/users/a/revoke")[0] == 405
    assert alice.do("POST", "/users/a/revoke/revoke")["userId"] == "a/revoke"


@pytest.mark.parametrize("user_id", ["x" * 129, "a\nb", "a\x00", "e\u0301"])
def test_a_malformed_user_id_in_a_path_is_named(alice: Rest, user_id: str) -> None:
    for method, path, body in (
        ("GET", f"/users/{user_id}", None),
        ("PUT", f"/users/{user_id}", {}),
        ("POST", f"/users/{user_id}/revoke", None),
        ("DELETE", f"/rooms/r/members/{user_id}", None),
    ):
        assert alice.faults(method, path, body) == ["path.userId"]


@pytest.mark.parametrize("room_id", ["x", "no such id", "x" * 65, "ü", "%2F"])
def test_a_room_id_that_cannot_be_ours_is_not_found(alice: Rest, room_id: str) -> None:
    assert alice.refused("GET", f"/rooms/{room_id}") == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("path", "query", "fault"),
    [
        ("/rooms", "limit=0", "query.limit"),
        ("/rooms", "limit=101", "query.limit"),
        ("/rooms", "limit=ten", "query.limit"),
        ("/rooms", "limit=1.0", "query.limit"),
        ("/rooms", "limit=+1", "query.limit"),
        ("/rooms", "limit=1_0", "query.limit"),
        ("/rooms", "limit=007", "query.limit"),
        ("/rooms", "limit=", "query.limit"),
        ("/rooms", "limit=1&limit=2", "query.limit"),
        ("/rooms", "limit=99999999999999999999", "query.limit"),
        ("/rooms", "cursor=", "query.cursor"),
        ("/rooms", "cursor=AAAA", "query.cursor"),
        ("/rooms", "cursor=%FF", "query"),
        ("/rooms", "nonsense=1", "query.nonsense"),
        ("/rooms/r/messages", "before=-1", "query.before"),
        ("/rooms/r/messages", "before=2&after=1", "query"),
        ("/presence", "userIds=", "query.userIds.0"),
        ("/presence", "tenantId=acme", "query.tenantId"),
        ("/users", "tenantId=acme", "query.tenantId"),
        ("/users", "q=" + "x" * 129, "query.q"),
        ("/users", "q=%00", "query.q"),
        ("/me", "a=1", "query.a"),
        ("/tenant/settings", "tenantId=acme", "query.tenantId"),
    ],
)
def test_a_wrong_query_says_which_parameter(alice: Rest, path: str, query: str, fault: str) -> None:
    status, error = raw(alice, "GET", path, query)
    assert (status, error["error"]) == (400, "VALIDATION_ERROR")
    assert [detail["path"] for detail in error["details"]] == [fault]


def test_a_list_in_a_query_is_repeated_since_ids_may_hold_commas(alice: Rest) -> None:
    found = alice.do("GET", "/presence", userIds=["a,b", "c"])
    assert [person["userId"] for person in found["users"]] == ["a,b", "c"]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "body"),
        ("not json", "body"),
        ("[]", "body"),
        ("null", "body"),
        ('{"seq": 1, "seq": 2}', "body"),
        ('{"seq": NaN}', "body"),
        ('{"seq": 9007199254740993}', "body"),
        ('{"seq": "\\ud800"}', "body"),
        ("[" * 40 + "]" * 40, "body"),
        ("{}", "body.seq"),
        ('{"seq": "1"}', "body.seq"),
        ('{"seq": 1.0}', "body.seq"),
        ('{"seq": true}', "body.seq"),
        ('{"seq": 1, "roomId": "r"}', "body.roomId"),
        ('{"seq": 1, "data": {}}', "body.data"),
    ],
)
def test_a_wrong_body_says_where(alice: Rest, body: str, fault: str) -> None:
    assert alice.faults("POST", "/rooms/r/read", body) == [fault]


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/xml"]
)
def test_a_body_that_is_not_declared_as_json_is_refused(
    alice: Rest, content_type: str | None
) -> None:
    headers = {"authorization": f"Bearer {alice.token}"}
    event = request_event(sample("http"), "PATCH", "/me", "", '{"readReceipts": true}', **headers)
    event["headers"]["content-type"] = content_type
    if content_type is None:
        del event["headers"]["content-type"]
    answer = invoke("http", event)
    assert answer["statusCode"] == 400
    assert '"path":"content-type"' in answer["body"]
    event["headers"]["content-type"] = "Application/JSON; charset=utf-8"
    assert invoke("http", event)["statusCode"] == 200


@pytest.mark.parametrize(
    ("encoded", "status"),
    [
        (base64.b64encode(b'{"readReceipts": false}').decode(), 200),
        (base64.b64encode(b"\xff").decode(), 400),
        ("no base64", 400),
    ],
)
def test_a_body_that_api_gateway_took_for_binary_is_read(
    alice: Rest, encoded: str, status: int
) -> None:
    headers = {"authorization": f"Bearer {alice.token}"}
    event = request_event(sample("http"), "PATCH", "/me", "", encoded, **headers)
    event["isBase64Encoded"] = True
    assert invoke("http", event)["statusCode"] == status


def test_a_body_over_its_bound_is_too_large(alice: Rest) -> None:
    body = {"clientId": "c", "body": "x" * (640 * 1024)}
    assert alice.refused("POST", "/rooms/r/messages", body) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_where_none_is_asked_for_is_left_unread(alice: Rest) -> None:
    assert alice.do("POST", "/users/bob/revoke", "not json")["userId"] == "bob"


def test_what_a_service_finds_wrong_is_placed_where_the_request_has_it(
    world: World, alice: Rest
) -> None:
    room_id = alice.do("POST", "/rooms", {"type": "group"})["roomId"]
    messages = f"/rooms/{room_id}/messages"
    assert alice.faults("POST", messages, {"clientId": "c", "body": " "}) == ["body.body"]
    assert alice.faults("PATCH", f"/rooms/{room_id}", {"name": "\t"}) == ["body.name"]
    assert alice.faults("PUT", "/users/u", {"picture": "http://a"}) == ["body.picture"]
    assert alice.faults("POST", "/rooms", {"type": "direct"}) == ["body.memberIds"]
    assert alice.faults("POST", "/rooms", {"type": "direct", "name": "x"}) == ["body"]
    settings = {"bodyMaxChars": 0, "roomsPerUser": 1_001}
    assert alice.faults("PUT", "/tenant/settings", settings) == [
        "body.bodyMaxChars",
        "body.roomsPerUser",
    ]


def raw(who: Rest, method: str, path: str, query: str) -> tuple[int, dict[str, Any]]:
    """Send a request with a query as it travels."""
    headers = {"authorization": f"Bearer {who.token}"}
    answer = invoke("http", request_event(sample("http"), method, path, query, **headers))
    return answer["statusCode"], json.loads(answer["body"])
