"""Bad tokens, by every way in: refused with one answer, and never repeated in a log (A6 to A8)."""

import json
import logging
from collections.abc import Callable
from itertools import product
from typing import Any

import jwt
import pytest

from parley.adapters.tokens.jwt_verifier import JwtVerifier
from parley.domain.tokens import Expected
from parley.errors import Unauthorized
from tests.attacks.corpora.origins import OWN
from tests.attacks.corpora.tokens import BAD_SUBJECTS, BAD_TOKENS, FORBIDDEN_TOKENS, hs256
from tests.contract.token_issuer import CLOCK, claims_with
from tests.handlers.conftest import handshake, invoke, sample
from tests.support.memory import World
from tests.support.rest import request_event

Json = dict[str, Any]
# Parts of a token that are longer would be a credential, or a good piece of one.
SECRET_CHARS = 16
# Blanks around a token are a header's own.
REFUSED = {
    name: token for name, token in (BAD_TOKENS | BAD_SUBJECTS).items() if token.strip() != hs256()
}
CARRIERS: dict[str, Callable[[str], Json]] = {
    "subprotocol": lambda token: handshake(Sec_WebSocket_Protocol=f"parley.v1, bearer.{token}"),
    "header": lambda token: handshake(Authorization=f"Bearer {token}"),
    "query": lambda token: handshake({"token": token}),
    "cookie": lambda token: handshake(Cookie=f"dm_access_token={token}", Origin=OWN),
}


def connect(event: Json) -> str:
    """Return what API Gateway makes of the authorizer's answer."""
    try:
        policy = invoke("authorizer", event)
    except Exception as exc:
        # Any other text would be a 500 with a reason.
        return "401" if str(exc) == "Unauthorized" else f"500 {exc}"
    effect = policy["policyDocument"]["Statement"][0]["Effect"]
    assert effect == "Allow" or policy["context"] == {}
    return {"Allow": "101", "Deny": "403"}[effect]


def request(token: str) -> tuple[int, Json]:
    event = request_event(sample("http"), "GET", "/me", authorization=f"Bearer {token}")
    answer = invoke("http", event)
    return answer["statusCode"], json.loads(answer["body"])


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return every line with all of its fields, and forget them."""
    text = "\n".join(json.dumps(vars(record), default=str) for record in caplog.records)
    text += caplog.text
    caplog.clear()
    return text


def pieces(token: str) -> list[str]:
    """Return what no log may hold of a token."""
    return [part[:SECRET_CHARS] for part in token.split(".")[1:] if len(part) >= SECRET_CHARS]


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(set(REFUSED.values())) >= 90
    assert len(set(FORBIDDEN_TOKENS.values())) >= 15


@pytest.mark.scenario("A6", "A7", "A10")
@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_bad_token_is_the_same_401_whatever_carries_it(
    world: World, carrier: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert connect(CARRIERS[carrier](hs256())) == "101"
    world.forget_pushes()
    for name, token in REFUSED.items():
        assert connect(CARRIERS[carrier](token)) == "401", name
        text = logged(caplog)
        assert '"connect_refused"' in text, name
        assert not any(piece in text for piece in pieces(token)), name
    assert world.out.calls == []


@pytest.mark.scenario("A6", "A10")
@pytest.mark.parametrize("carrier", CARRIERS)
def test_who_may_not_is_the_same_403_whatever_carries_the_token(
    world: World, carrier: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, token in FORBIDDEN_TOKENS.items():
        assert connect(CARRIERS[carrier](token)) == "403", name
        text = logged(caplog)
        assert not any(piece in text for piece in pieces(token)), name
    assert world.out.calls == []


@pytest.mark.scenario("A6", "A7", "A10")
def test_rest_refuses_the_same_tokens_with_one_text(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert request(hs256())[0] == 200
    logged(caplog)
    for status, code, tokens in (
        (401, "UNAUTHORIZED", REFUSED),
        (403, "FORBIDDEN", FORBIDDEN_TOKENS),
    ):
        answers = set()
        for name, token in tokens.items():
            got, body = request(token)
            assert (got, body["error"]) == (status, code), name
            answers.add(json.dumps(body))
            text = logged(caplog)
            assert not any(piece in text for piece in pieces(token)), name
        # The correlation id is that of the sample.
        assert len(answers) == 1


def deployment(number: int) -> tuple[str, Expected]:
    return f"{number}-secret-of-more-than-thirty-two-bytes", Expected(
        f"https://login-{number}.example", f"parley-{number}"
    )


@pytest.mark.scenario("A8")
def test_a_deployment_takes_the_tokens_of_its_own_issuer_only() -> None:
    """Of 5 keys, issuers, audiences and tenants: only what fits in all of the first three."""
    taken = []
    verifiers = [JwtVerifier.with_secret(s, CLOCK, e) for s, e in map(deployment, range(5))]
    for key, issuer, audience, tenant in product(range(5), repeat=4):
        claims = claims_with(
            iss=deployment(issuer)[1].issuer,
            aud=deployment(audience)[1].audience,
            tenantId=f"tenant-{tenant}",
        )
        token = jwt.encode(claims, deployment(key)[0], "HS256")
        for number, verifier in enumerate(verifiers):
            try:
                verifier.verify(token)
            except Unauthorized:
                continue
            taken.append((key, issuer, audience, number))
    assert sorted(set(taken)) == [(number,) * 4 for number in range(5)]
