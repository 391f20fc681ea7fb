"""What a verified token's claims say (SPEC §1): who the caller is, or why there is none.

Also how a caller travels through the authorizer's context and a ticket: as strings, and back.
Errors carry their reason for the log line, never a claim's value.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parley.domain.ids import (
    MANAGE_TENANT,
    SpaceId,
    TenantId,
    UserId,
    is_external_id,
    manage_user_id,
)
from parley.domain.people import SUPER_ADMIN, Caller, Scope
from parley.domain.text import display_name, has_control_characters
from parley.errors import Forbidden, Unauthorized, Unverifiable

DEFAULT_ROLE = "member"
MAX_ROLE_CHARS = 64
MAX_PICTURE_CHARS = 512
MAX_EMAIL_CHARS = 254
MAX_SPACES = 100
MAX_SPACES_BYTES = 4_096
# An authorizer's whole answer may have 8 KB; the principal and the policy need the rest.
MAX_CONTEXT_BYTES = 7_000
LEEWAY_S = 10
FUTURE_LEEWAY_S = 60
_MAX_TIME = 253_402_300_799  # the last second that a datetime can hold


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must be for; None is not checked."""

    issuer: str | None = None
    audience: str | None = None


def require_valid(claims: Mapping[str, Any], now: float, expected: Expected) -> None:
    """Check times, subject, issuer and audience of claims whose signature is good.

    Args:
        claims: As they came out of the token.
        now: Epoch seconds.
        expected: Issuer and audience, where configured.

    Raises:
        Unauthorized: With the reason for the log.
    """
    _require_times(claims, now)
    if not isinstance(claims.get("sub"), str):
        raise Unauthorized("sub is missing or no string")
    if expected.issuer is not None and claims.get("iss") != expected.issuer:
        raise Unverifiable("issuer_wrong", "iss is another")
    if expected.audience is not None and expected.audience not in _audiences(claims.get("aud")):
        raise Unverifiable("audience_wrong", "aud is another")


def _require_times(claims: Mapping[str, Any], now: float) -> None:
    # No leeway: whoever issues tokens chose their end, and open connections have one of their own.
    if time_claim(claims, "exp") <= now:
        raise Unauthorized("expired")
    if time_claim(claims, "iat") > now + FUTURE_LEEWAY_S:
        raise Unauthorized("iat is in the future")
    if "nbf" in claims and time_claim(claims, "nbf") > now + LEEWAY_S:
        raise Unauthorized("not valid yet")


def time_claim(claims: Mapping[str, Any], name: str) -> int:
    """Return a time as epoch seconds; anything but a plain integer is refused."""
    value = claims.get(name)
    if type(value) is not int or not 0 <= value <= _MAX_TIME:
        raise Unauthorized(f"{name} is missing or no epoch second")
    return value


def _audiences(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def caller_from_claims(claims: Mapping[str, Any], scope: Scope, tenant_claim: str) -> Caller:
    """Return who the claims say is calling.

    Args:
        claims: Of a token that was verified.
        scope: What the caller asks to see.
        tenant_claim: The name of the claim that holds the tenant.

    Raises:
        Unauthorized: The subject is malformed.
        Forbidden: No tenant, not the role for manage scope, or oversized claims.
    """
    subject = _subject(claims.get("sub"))
    role = _role(claims.get("role"))
    tenant_id = _tenant(claims.get(tenant_claim), role, scope)
    user_id = manage_user_id(subject) if scope is Scope.MANAGE else UserId(subject)
    if not is_external_id(user_id):
        raise Forbidden("sub is oversized for manage scope")
    return Caller(
        user_id=user_id,
        tenant_id=tenant_id,
        scope=scope,
        role=role,
        name=_name(claims.get("name")) or user_id,
        expires_at=time_claim(claims, "exp"),
        issued_at=time_claim(claims, "iat"),
        picture=usable_picture(claims.get("picture")),
        email=usable_email(claims.get("email")),
        spaces=_spaces(claims.get("spaces")),
    )


def _subject(value: Any) -> str:
    # `@` is how ids of manage scope begin: no token may name one.
    if not isinstance(value, str) or not is_external_id(value) or value.startswith("@"):
        raise Unauthorized("sub is no well-formed user id")
    return value


def _role(value: Any) -> str:
    if value is None or value == "":
        return DEFAULT_ROLE
    if not isinstance(value, str) or not is_external_id(value, MAX_ROLE_CHARS):
        raise Forbidden("role is oversized or malformed")
    return value


def _tenant(value: Any, role: str, scope: Scope) -> TenantId:
    if scope is Scope.MANAGE:
        if role != SUPER_ADMIN:
            raise Forbidden("manage scope needs the role super_admin")
        return MANAGE_TENANT
    if value is None or value == "":
        raise Forbidden("the token names no tenant")
    # The partition of manage scope must stay out of reach.
    if not isinstance(value, str) or not is_external_id(value) or value == MANAGE_TENANT:
        raise Forbidden("the token's tenant is no well-formed id")
    return TenantId(value)


def _name(value: Any) -> str | None:
    return display_name(value) if isinstance(value, str) else None


def usable_picture(value: Any) -> str | None:
    """Return a picture's address if others may be shown it: https, at most 512 characters."""
    if not isinstance(value, str) or len(value) > MAX_PICTURE_CHARS:
        return None
    usable = value.startswith("https://") and not has_control_characters(value)
    return value if usable and not any(char.isspace() for char in value) else None


def usable_email(value: Any) -> str | None:
    """Return an e-mail address as it was said, unless it cannot be one."""
    if not isinstance(value, str) or not 0 < len(value) <= MAX_EMAIL_CHARS:
        return None
    return None if has_control_characters(value) else value


def _spaces(value: Any) -> tuple[SpaceId, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_SPACES:
        raise Forbidden("spaces is no list, or has too many")
    if not all(isinstance(space, str) and is_external_id(space) for space in value):
        raise Forbidden("spaces holds a malformed id")
    if sum(len(space.encode()) for space in value) > MAX_SPACES_BYTES:
        raise Forbidden("spaces is oversized")
    return tuple(SpaceId(space) for space in dict.fromkeys(value))


def context_of(caller: Caller) -> dict[str, str]:
    """Return the caller as the authorizer's context: flat, strings only.

    API Gateway hands numbers and booleans back as strings, so that nothing else is safe.

    Raises:
        Forbidden: The whole would not fit into an authorizer's answer.
    """
    context = {
        "userId": str(caller.user_id),
        "tenantId": str(caller.tenant_id),
        "scope": caller.scope.value,
        "role": caller.role,
        "name": caller.name,
        "exp": str(caller.expires_at),
        "iat": str(caller.issued_at),
    }
    if caller.picture is not None:
        context["picture"] = caller.picture
    if caller.email is not None:
        context["email"] = caller.email
    if caller.spaces:
        context["spaces"] = _compact(caller.spaces)
    if len(_compact(context).encode()) > MAX_CONTEXT_BYTES:
        raise Forbidden("the claims are oversized together")
    return context


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def caller_of(context: Mapping[str, Any] | None) -> Caller:
    """Return the caller that :func:`context_of` wrote; keys of API Gateway's own are ignored.

    Raises:
        Unauthorized: There is no context, or not one of ours.
    """
    if not isinstance(context, Mapping):
        raise Unauthorized("no authorizer context")
    try:
        return Caller(
            user_id=UserId(_text(context, "userId")),
            tenant_id=TenantId(_text(context, "tenantId")),
            scope=Scope(_text(context, "scope")),
            role=_text(context, "role"),
            name=_text(context, "name"),
            expires_at=_seconds(context, "exp"),
            issued_at=_seconds(context, "iat"),
            picture=_optional_text(context, "picture"),
            email=_optional_text(context, "email"),
            spaces=_listed(_optional_text(context, "spaces")),
        )
    except (ValueError, RecursionError) as exc:
        raise Unauthorized("malformed authorizer context") from exc


def _text(context: Mapping[str, Any], key: str) -> str:
    value = _optional_text(context, key)
    if not value:
        raise ValueError(key)
    return value


def _optional_text(context: Mapping[str, Any], key: str) -> str | None:
    value = context.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(key)
    return value


def _seconds(context: Mapping[str, Any], key: str) -> int:
    digits = str(context.get(key))
    # int() alone would also read other alphabets' digits, signs and underscores.
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len(str(_MAX_TIME))):
        raise ValueError(key)
    return int(digits)


def _listed(text: str | None) -> tuple[SpaceId, ...]:
    spaces = json.loads(text) if text else []
    if not isinstance(spaces, list) or not all(isinstance(space, str) for space in spaces):
        raise ValueError("spaces")
    return tuple(SpaceId(space) for space in spaces)
