"""`POST /dev/token` gives any token that is asked for, and says what it cannot read."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from local.tokens import BadTokenRequestError, claims_of, token_route

SECRET = "0123456789abcdef" * 4
NOW_S = 1_800_000_000


def claims(**asked: object) -> dict[str, object]:
    """The claims for a request body."""
    return claims_of(json.dumps(asked).encode(), NOW_S)


async def ask(body: bytes, host: str = "127.0.0.1:8080") -> tuple[int, dict[str, Any]]:
    """Ask a real server; gives status and body."""
    app = web.Application()
    app.add_routes([token_route(SECRET, lambda: NOW_S + 0.9)])
    async with TestClient(TestServer(app)) as client:
        answer = await client.post("/dev/token", data=body, headers={"Host": host})
        return answer.status, await answer.json()


async def test_token_is_signed_and_carries_what_was_asked_for() -> None:
    asked = {"sub": "ann", "tenantId": "acme", "role": "admin", "name": "Ann", "spaces": ["s1"]}
    status, body = await ask(json.dumps(asked).encode())
    assert status == 200
    token = jwt.decode(body["token"], SECRET, algorithms=["HS256"], options={"verify_exp": False,
                       "verify_iat": False})  # fmt: skip
    assert token == {**asked, "iat": NOW_S, "exp": NOW_S + 3600}


def test_defaults_are_a_member_without_a_tenant_for_an_hour() -> None:
    assert claims(sub="ann") == {
        "sub": "ann", "role": "member", "iat": NOW_S, "exp": NOW_S + 3600,
    }  # fmt: skip


@pytest.mark.parametrize("expires_in", [1, 0, -10])
def test_token_may_expire_whenever_it_was_asked_to_even_in_the_past(expires_in: int) -> None:
    assert claims(sub="ann", expiresIn=expires_in)["exp"] == NOW_S + expires_in


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({}, "sub is missing"),
        ({"sub": ""}, "sub must be a printable string"),
        ({"sub": 1}, "sub must be a printable string"),
        ({"sub": None}, "sub must be a printable string"),
        ({"sub": "a\nb"}, "sub must be a printable string"),
        ({"sub": "a" * 4097}, "sub must be a printable string"),
        ({"sub": "a", "tenantId": None}, "tenantId must be a printable string"),
        ({"sub": "a", "role": ["x"]}, "role must be a printable string"),
        ({"sub": "a", "spaces": "s1"}, "spaces must be a list of strings"),
        ({"sub": "a", "spaces": [1]}, "spaces must be a list of strings"),
        ({"sub": "a", "expiresIn": "60"}, "expiresIn must be a whole number"),
        ({"sub": "a", "expiresIn": 1.5}, "expiresIn must be a whole number"),
        ({"sub": "a", "expiresIn": True}, "expiresIn must be a whole number"),
        ({"sub": "a", "expiresIn": 10**12}, "expiresIn must be a whole number"),
        ({"sub": "a", "exp": 1}, "unknown field 'exp'"),
    ],
)
def test_bad_field_is_named(asked: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadTokenRequestError, match=complaint):
        claims(**asked)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"sub"', b"\xff", b"[" * 100_000], ids=lambda body: body[:9]
)
async def test_body_that_is_no_json_object_is_a_400_with_a_json_error(body: bytes) -> None:
    status, answer = await ask(body)
    assert status == 400
    assert (answer["ok"], answer["error"]) == (False, "VALIDATION_ERROR")
    assert answer["message"].startswith("the body is not")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example"])
async def test_page_whose_name_was_made_to_lead_here_gets_no_token(host: str) -> None:
    status, answer = await ask(b'{"sub": "ann"}', host)
    assert (status, answer["error"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "[::1]:8080"])
async def test_names_of_this_machine_get_tokens(host: str) -> None:
    status, _ = await ask(b'{"sub": "ann"}', host)
    assert status == 200
