"""Tokens as the deployment's own login would sign them, for whoever may read its secret."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cli.aws import Aws
from cli.errors import AwsRefused, CliError, WrongUse
from cli.target import Target

DEFAULT_EXPIRES_IN_S = 3600
MANAGE_ROLE = "super_admin"
# As the layer's verifier has it (RFC 7518 §3.2); not imported, for that loads all of PyJWT.
MIN_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token is for, as the options name them."""

    sub: str
    tenant: str | None = None
    role: str | None = None
    name: str | None = None
    spaces: Sequence[str] = ()
    expires_in_s: int = DEFAULT_EXPIRES_IN_S
    manage: bool = False

    def claims(self, tenant_claim: str) -> dict[str, Any]:
        """Return the claims but those about times and issuer."""
        role = self.role or (MANAGE_ROLE if self.manage else None)
        said = {"sub": self.sub, tenant_claim: self.tenant, "role": role, "name": self.name}
        claims: dict[str, Any] = {name: value for name, value in said.items() if value}
        return claims | ({"spaces": list(self.spaces)} if self.spaces else {})


def token_for(target: Target, person: Person) -> str:
    """Have a token signed: by the local login, or with the deployment's secret.

    Raises:
        WrongUse: Parley would refuse such a token.
        CliError: The deployment's tokens are signed with keys that it does not have.
    """
    tenant_claim = target.stack.parameters.get("TenantClaim") or "tenantId"
    claims = person.claims(tenant_claim)
    _require_acceptable(claims, person, tenant_claim)
    if target.local is not None:
        return _local_token(target.local.origin, claims, person.expires_in_s)
    secret = jwt_secret(target)
    parameters = target.stack.parameters
    for claim, parameter in (("iss", "JwtIssuer"), ("aud", "JwtAudience")):
        if parameters.get(parameter):
            claims[claim] = parameters[parameter]
    import jwt

    now = int(time.time())
    times = {"iat": now, "exp": now + person.expires_in_s}
    return str(jwt.encode({**claims, **times}, secret, algorithm="HS256"))


def _require_acceptable(claims: dict[str, Any], person: Person, tenant_claim: str) -> None:
    from parley.domain.people import Scope
    from parley.domain.tokens import caller_from_claims
    from parley.errors import ParleyError

    now = int(time.time())
    scope = Scope.MANAGE if person.manage else Scope.TENANT
    try:
        caller_from_claims({**claims, "iat": now, "exp": now}, scope, tenant_claim)
    except ParleyError as exc:
        hint = ": say --tenant" if not person.tenant and not person.manage else ""
        raise WrongUse(f"Parley would refuse such a token: {exc}{hint}") from exc


def _local_token(origin: str, claims: dict[str, Any], expires_in_s: int) -> str:
    from cli.http import ask

    answer, _ = ask("POST", f"{origin}/dev/token", body={**claims, "expiresIn": expires_in_s})
    return str(answer["token"])


def jwt_secret(target: Target) -> str:
    """Return the secret that the deployment verifies HS256 tokens with.

    Raises:
        CliError: It verifies no such tokens, or the secret cannot be read.
    """
    stack = target.stack
    algorithm = stack.parameters.get("JwtAlgorithm", "HS256")
    if algorithm != "HS256":
        raise CliError(
            f"stack {stack.name} verifies {algorithm} tokens by the keys at "
            f"{stack.parameters.get('JwksUrl')}: only your own login can sign them; pass --token"
        )
    arn = secret_arn(target)
    if not arn:
        raise CliError(
            f"stack {stack.name} has no token secret, only opaque tokens: "
            "get one from your own login, and pass --token"
        )
    secret = read_secret(target.aws, arn)
    if len(secret.encode()) < MIN_SECRET_BYTES:
        raise CliError(
            f"secret {arn} is too short to sign with: Parley refuses less than "
            f"{MIN_SECRET_BYTES} bytes"
        )
    return secret


def secret_arn(target: Target) -> str:
    """Return where the token secret is; empty if the deployment has none."""
    stack = target.stack
    return stack.outputs.get("JwtSecretArn") or stack.parameters.get("JwtSecretArn", "")


def read_secret(aws: Aws, arn: str) -> str:
    """Return a secret's text; raises `CliError` where it is missing, empty or binary."""
    try:
        answer = aws.call("secretsmanager", "get_secret_value", SecretId=arn)
    except AwsRefused as exc:
        if exc.code == "ResourceNotFoundException":
            raise CliError(f"there is no secret {arn}: create it, or correct the ARN") from exc
        raise
    secret = answer.get("SecretString")
    if not isinstance(secret, str) or not secret:
        raise CliError(f"secret {arn} holds no text")
    return secret
