"""Open routes: tickets to connect with, and health."""

from datetime import timedelta

from parley import observability
from parley.bootstrap import app
from parley.domain.ids import RoomId, TenantId
from parley.domain.people import Connection
from parley.errors import CacheUnavailable
from parley.http.requests import Request
from parley.protocol.views import Health, TicketReply
from parley.services.reach import NO_CONNECTION

# Nobody can have this id: it is longer than 128 characters.
HEALTH_TENANT = TenantId("?" * 129)
HEALTH_ROOM = RoomId("?")


def issue_ticket(request: Request) -> TicketReply:
    """Get a ticket to connect with: single use, 60 s."""
    caller = app().identity.ticket_caller(request.credentials())
    now = app().adapters.clock.now()
    limit = app().policies.of(caller).ticket
    app().access.count_attempt(Connection(NO_CONNECTION, caller, now), limit)
    ticket, expires_in = app().identity.issue_ticket(caller)
    # Tickets end on whole seconds.
    return TicketReply(
        ticket=ticket, expires_at=now.replace(microsecond=0) + timedelta(seconds=expires_in)
    )


def health(_request: Request) -> Health:
    """Say whether the parts answer: 503 without DynamoDB, ``degraded`` without Redis."""
    app().adapters.users.tenant_exists(HEALTH_TENANT)
    try:
        app().adapters.cache.progress(HEALTH_TENANT, HEALTH_ROOM)
    except CacheUnavailable as exc:
        observability.warning("cache_unavailable", cause=str(exc))
        return Health(status="degraded")
    return Health(status="ok")
