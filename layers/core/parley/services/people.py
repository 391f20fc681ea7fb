"""People in pages and events below 30 KB."""

from collections.abc import Callable, Iterable, Sequence

from parley.domain.people import Caller
from parley.protocol import frames
from parley.protocol.views import PersonView, PresenceReply, SeenView
from parley.services.cursors import Cursors
from parley.services.views import PAGE_BYTES

LISTING = "presence.list"

# A cursor of two ids of the greatest length.
CURSOR_BYTES = 2_048


def page_of_people(
    people: Iterable[PersonView], max_bytes: int, after: tuple[str, str] = ("", "")
) -> tuple[list[PersonView], tuple[str, str] | None]:
    """Return the people after a place that fit, and the place where the rest begins.

    No more of them are read than that takes.
    """
    kept: list[PersonView] = []
    left = max_bytes
    for person in people:
        if (person.tenant_id, person.user_id) <= after:
            continue
        left -= frames.size_bytes(person) + 1
        if left < 0:
            return kept, (kept[-1].tenant_id, kept[-1].user_id) if kept else after
        kept.append(person)
    return kept, None


def place_of(caller: Caller, cursor: str | None, cursors: Cursors) -> tuple[str, str]:
    """Return the place, a tenant's and a user's id, behind which a cursor's page begins."""
    if cursor is None:
        return "", ""
    tenant_id, user_id = cursors.open(caller, LISTING, cursor, str, str)
    return str(tenant_id), str(user_id)


def people_reply(
    caller: Caller, people: Iterable[PersonView], after: tuple[str, str], cursors: Cursors
) -> PresenceReply:
    """Return the page of these people behind a place."""
    kept, rest = page_of_people(people, PAGE_BYTES - CURSOR_BYTES, after)
    cursor = cursors.seal(caller, LISTING, *rest) if rest else None
    return PresenceReply(users=kept, cursor=cursor)


def split_over_events(views: Sequence[SeenView]) -> list[list[SeenView]]:
    """Split people over events of at most 30 KB."""
    pages: list[list[SeenView]] = [[]]
    size: Callable[[SeenView], int] = frames.size_bytes
    left = PAGE_BYTES
    for view in views:
        left -= size(view) + 1
        if left < 0 and pages[-1]:
            pages.append([])
            left = PAGE_BYTES - size(view) - 1
        pages[-1].append(view)
    return pages
