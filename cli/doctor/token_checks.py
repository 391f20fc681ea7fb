"""Which claim of a token is wrong: `parley doctor --token`, judged by the layer's own rules."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from cli.doctor.findings import Check, Finding, Patient, fail, ok
from cli.errors import CliError
from cli.tokens import jwt_secret

_NAME = "token"
_ISSUE = "have your login issue it so, or deploy with the value that it has"


def look_at_token(patient: Patient) -> Iterator[Finding]:
    """Name every claim that Parley refuses, and then the signature."""
    if patient.token is None:
        return
    header, claims = (_decoded(part) for part in _parts(patient.token))
    wrong = [*_wrong_names(patient.parameters, header, claims), *_wrong_claims(patient, claims)]
    for says in wrong:
        yield fail(_NAME, says, _ISSUE)
    if not wrong:
        yield from _signature(patient, patient.token)


def _parts(token: str) -> tuple[str, str]:
    from parley.adapters.tokens.jwt_verifier import is_signed_jwt

    if not is_signed_jwt(token):
        raise CliError("the token is no signed JWT: opaque ones are asked about, not looked into")
    header, payload, _ = token.split(".")
    return header, payload


def _decoded(part: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError as exc:
        raise CliError("the token is no JWT: a part of it is no JSON in base64url") from exc
    if not isinstance(value, dict):
        raise CliError("the token is no JWT: a part of it is no JSON object")
    return value


def _wrong_names(
    parameters: Mapping[str, str], header: Mapping[str, Any], claims: Mapping[str, Any]
) -> Iterator[str]:
    """Compare what the token names with what the deployment is configured for."""
    algorithm = parameters.get("JwtAlgorithm", "HS256")
    if header.get("alg") != algorithm:
        yield f"alg is {header.get('alg')!r}, and JwtAlgorithm is {algorithm!r}"
    issuer, audience = parameters.get("JwtIssuer"), parameters.get("JwtAudience")
    if issuer and claims.get("iss") != issuer:
        yield f"iss is {claims.get('iss')!r}, and JwtIssuer is {issuer!r}"
    named = claims.get("aud")
    if audience and audience not in (named if isinstance(named, list) else [named]):
        yield f"aud is {named!r}, and JwtAudience is {audience!r}"


def _wrong_claims(patient: Patient, claims: Mapping[str, Any]) -> Iterator[str]:
    from parley.domain.people import Scope
    from parley.domain.tokens import Expected, caller_from_claims, require_valid
    from parley.errors import ParleyError

    tenant_claim = patient.parameters.get("TenantClaim") or "tenantId"
    judgements = (
        lambda: require_valid(claims, time.time(), Expected()),
        lambda: caller_from_claims(claims, Scope.TENANT, tenant_claim),
    )
    said: list[str] = []
    for judge in judgements:
        try:
            judge()
        except ParleyError as exc:
            said.append(str(exc))
    # Both look at times and subject.
    yield from (f"it is refused: {reason}" for reason in dict.fromkeys(said))


def _signature(patient: Patient, token: str) -> Iterator[Finding]:
    from parley.adapters.clock import SystemClock
    from parley.adapters.tokens.jwt_verifier import JwtVerifier
    from parley.errors import ParleyError

    parameters = patient.parameters
    algorithm = parameters.get("JwtAlgorithm", "HS256")
    try:
        if algorithm == "HS256":
            verifier = JwtVerifier.with_secret(jwt_secret(patient.target), SystemClock())
        else:
            url = parameters.get("JwksUrl", "")
            verifier = JwtVerifier.with_jwks(algorithm, url, SystemClock())
        verifier.verify(token)
    except ParleyError as exc:
        yield fail(_NAME, f"its claims are right, and it is refused: {exc}", "sign with that key")
        return
    yield ok(_NAME, "the token is good: signature, times, issuer, audience and tenant")


CHECKS = (Check(_NAME, look_at_token, "give a token that your login issues"),)
