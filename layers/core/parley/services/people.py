"""People in pages and events below 30 KB. Pure."""

from collections.abc import Callable, Sequence

from parley.protocol import frames
from parley.protocol.views import PersonView, PresenceReply, SeenView
from parley.services.cursors import decode_cursor, encode_cursor
from parley.services.views import PAGE_BYTES

# A cursor of two ids of the greatest length.
CURSOR_BYTES = 2_048


def page_of_people(
    people: Sequence[PersonView], max_bytes: int, after: tuple[str, str] = ("", "")
) -> tuple[list[PersonView], tuple[str, str] | None]:
    """Return the people after a place that fit, and the place where the rest begins."""
    rest = [person for person in people if (person.tenant_id, person.user_id) > after]
    kept: list[PersonView] = []
    left = max_bytes
    for person in rest:
        left -= frames.size_bytes(person) + 1
        if left < 0:
            break
        kept.append(person)
    if len(kept) == len(rest):
        return kept, None
    return kept, (kept[-1].tenant_id, kept[-1].user_id) if kept else after


def people_reply(people: Sequence[PersonView], cursor: str | None) -> PresenceReply:
    """Return the page of these people that a cursor leads to."""
    after = ("", "")
    if cursor:
        tenant_id, user_id = decode_cursor(cursor, str, str)
        after = (str(tenant_id), str(user_id))
    kept, rest = page_of_people(people, PAGE_BYTES - CURSOR_BYTES, after)
    return PresenceReply(users=kept, cursor=encode_cursor(*rest) if rest else None)


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
