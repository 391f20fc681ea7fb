"""Who is connecting: the credentials of SPEC §2, in their order, and tickets.

The first credential that is found decides: a bad one is never followed by the next, so that
nobody can be made to act under another credential than the one they sent.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from parley.domain.people import Caller, Scope, home_tenant
from parley.domain.tokens import caller_from_claims, caller_of, context_of
from parley.errors import Forbidden, Unauthorized
from parley.ports import Clock, TicketStore, TokenVerifier, UserStore

SUBPROTOCOL = "parley.v1"
TICKET_TTL_S = 60
TENANT_COOKIES = ("dashboard_access_token", "dm_access_token")
MANAGE_COOKIES = ("manage_access_token",)

_BEARER_PROTOCOL = "bearer."
_BEARER = re.compile(r"bearer +([^\s,]+)", re.IGNORECASE)
_TICKET_BYTES = 32
_TICKET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """The parts of a handshake or REST request that may hold a credential.

    Attributes:
        headers: All values of each header, by lower-cased name.
        query: All values of each parameter, decoded.
    """

    headers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        headers: Mapping[str, Sequence[str]] | None,
        query: Mapping[str, Sequence[str]] | None = None,
    ) -> "ConnectRequest":
        """Read an event's multi-value maps, which may be null; header names in any case."""
        lowered: dict[str, list[str]] = {}
        for name, values in (headers or {}).items():
            lowered.setdefault(name.lower(), []).extend(values)
        return cls(lowered, query or {})

    def parameter(self, name: str) -> str | None:
        """Return a query parameter; one that is given twice could be read in two ways."""
        return _only(self.query.get(name, ()))

    def header(self, name: str) -> str | None:
        """Return a header that must not be repeated."""
        return _only(self.headers.get(name, ()))

    def subprotocols(self) -> list[str]:
        """Return the offered subprotocols; the header is a list and may be repeated."""
        offered = ",".join(self.headers.get("sec-websocket-protocol", ()))
        return [each.strip() for each in offered.split(",") if each.strip()]

    def cookie(self, name: str) -> str | None:
        """Return a cookie; one of the same name planted beside it makes both worthless."""
        pairs = ";".join(self.headers.get("cookie", ())).split(";")
        split = [pair.strip().partition("=") for pair in pairs]
        return _only(list(dict.fromkeys(value for key, _, value in split if key == name)))


@dataclass(frozen=True, slots=True)
class Identity:
    """Authenticates connections and REST requests, and issues tickets.

    Attributes:
        tenant_claim: The name of the claim that holds the tenant.
        allowed_origins: Exact origins from which cookies count, as browsers send them.
        tenant_cookies: Cookies that may hold a token, in order.
        manage_cookies: The same in manage scope.
    """

    verifier: TokenVerifier
    tickets: TicketStore
    users: UserStore
    clock: Clock
    tenant_claim: str = "tenantId"
    allowed_origins: frozenset[str] = frozenset()
    tenant_cookies: tuple[str, ...] = TENANT_COOKIES
    manage_cookies: tuple[str, ...] = MANAGE_COOKIES

    def authenticate(self, request: ConnectRequest) -> Caller:
        """Return who connects. One read, two with a ticket.

        Raises:
            Unauthorized: No credential, or a bad, expired, revoked or replayed one.
            Forbidden: A foreign origin with a cookie, no tenant, a wrong role, oversized claims.
        """
        ticket = request.parameter("ticket")
        if ticket is not None:
            return self._not_revoked(self._redeemed(ticket))
        scope = _scope(request)
        return self._verified(self._connect_token(request, scope), scope)

    def authenticate_rest(self, request: ConnectRequest) -> Caller:
        """Return who sends a REST request: ``Authorization: Bearer`` only. Raises alike."""
        return self._verified(_bearer_token(request), _scope(request))

    def ticket_caller(self, request: ConnectRequest) -> Caller:
        """Return who asks for a ticket: ``Authorization: Bearer`` or the cookies. One read.

        The ticket is for the scope of this request. Raises as `authenticate`.
        """
        scope = _scope(request)
        token = _bearer_token(request)
        if token is None:
            token = self._cookie_token(request, scope)
        return self._verified(token, scope)

    def issue_ticket(self, caller: Caller) -> tuple[str, int]:
        """Return a new ticket and for how many seconds it is good. One write.

        What is stored is its SHA-256, which opens nothing.
        """
        now = int(self.clock.now().timestamp())
        expires_at = min(now + TICKET_TTL_S, caller.expires_at)
        ticket = base64.urlsafe_b64encode(secrets.token_bytes(_TICKET_BYTES)).decode().rstrip("=")
        self.tickets.put(_digest(ticket), context_of(caller), expires_at)
        return ticket, expires_at - now

    def _redeemed(self, ticket: str) -> Caller:
        if _TICKET.fullmatch(ticket) is None:
            raise Unauthorized("malformed ticket")
        now = int(self.clock.now().timestamp())
        context = self.tickets.take(_digest(ticket), now)
        if context is None:
            raise Unauthorized("ticket unknown, used or expired")
        return caller_of(context)

    def _verified(self, token: str | None, scope: Scope) -> Caller:
        if token is None:
            raise Unauthorized("no credential")
        claims = self.verifier.verify(token)
        caller = caller_from_claims(claims.values, scope, self.tenant_claim)
        # The issuer's clock may be ahead: a token must not survive a revocation for that.
        now = int(self.clock.now().timestamp())
        return self._not_revoked(replace(caller, issued_at=min(caller.issued_at, now)))

    def _not_revoked(self, caller: Caller) -> Caller:
        home = home_tenant(caller.scope, caller.tenant_id)
        if caller.issued_at < self.users.revoked_before(home, caller.user_id):
            raise Unauthorized("revoked")
        return caller

    def _connect_token(self, request: ConnectRequest, scope: Scope) -> str | None:
        # An empty credential is one that was found, and is bad.
        for find in (_subprotocol_token, _bearer_token, _query_token):
            token = find(request)
            if token is not None:
                return token
        return self._cookie_token(request, scope)

    def _cookie_token(self, request: ConnectRequest, scope: Scope) -> str | None:
        names = self.manage_cookies if scope is Scope.MANAGE else self.tenant_cookies
        for name in names:
            token = request.cookie(name)
            if token is not None:
                self._require_own_origin(request)
                return token
        return None

    def _require_own_origin(self, request: ConnectRequest) -> None:
        # CORS does not apply to WebSockets: browsers send cookies along from any page (AWS.md §A1).
        origins = request.headers.get("origin", ())
        if len(origins) != 1 or origins[0] not in self.allowed_origins:
            raise Forbidden("cookie from an origin that is not on the allow-list")


def subprotocol_answer(request: ConnectRequest) -> str | None:
    """Return the subprotocol to answer with; a browser that offered one insists on an answer."""
    return SUBPROTOCOL if SUBPROTOCOL in request.subprotocols() else None


def _scope(request: ConnectRequest) -> Scope:
    value = request.parameter("scope")
    if value is None:
        return Scope.TENANT
    try:
        return Scope(value)
    except ValueError as exc:
        raise Forbidden("no such scope") from exc


def _subprotocol_token(request: ConnectRequest) -> str | None:
    offered = [each for each in request.subprotocols() if each.startswith(_BEARER_PROTOCOL)]
    token = _only(offered)
    return None if token is None else token.removeprefix(_BEARER_PROTOCOL)


def _bearer_token(request: ConnectRequest) -> str | None:
    value = request.header("authorization")
    if value is None or value[:6].lower() != "bearer":
        return None
    match = _BEARER.fullmatch(value.strip())
    if match is None:
        raise Unauthorized("malformed Authorization")
    return match[1]


def _query_token(request: ConnectRequest) -> str | None:
    return request.parameter("token")


def _only(values: Sequence[str]) -> str | None:
    if len(values) > 1:
        raise Unauthorized("given twice")
    return values[0] if values else None


def _digest(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
