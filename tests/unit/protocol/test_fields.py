"""Times, names and ids as they are on the wire."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.domain import ids
from parley.protocol.fields import Wire, rfc3339
from parley.protocol.views import Bye, RoomDropped, SeenView, SendReply
from parley.protocol.wellformed import is_external_id


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 20, 10, 15, 0, 123_999, UTC), "2026-11-20T10:15:00.123Z"),
        (datetime(2026, 11, 20, 10, 15, 0, 0, UTC), "2026-11-20T10:15:00.000Z"),
        (datetime(2026, 11, 20, 10, 15, 0, 999, UTC), "2026-11-20T10:15:00.000Z"),
        (datetime(999, 1, 2, 3, 4, 5, 6_000, UTC), "0999-01-02T03:04:05.006Z"),
        (
            datetime(2026, 1, 1, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
            "2025-12-31T20:00:00.000Z",
        ),
    ],
)
def test_a_time_is_rfc_3339_in_utc_with_milliseconds(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text


@settings(deadline=None)
@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_keeps_its_milliseconds_on_the_way(moment: datetime) -> None:
    text = rfc3339(moment)
    assert len(text) == len("2026-11-20T10:15:00.123Z")
    assert timedelta(0) <= moment - datetime.fromisoformat(text) < timedelta(milliseconds=1)


def test_public_names_are_camel_case_and_code_may_use_its_own() -> None:
    seen = SeenView(user_id="ann", status="online", last_seen_at=None, name="Ann")
    assert seen == SeenView.model_validate(
        {"userId": "ann", "status": "online", "lastSeenAt": None, "name": "Ann"}
    )
    assert list(seen.model_dump(by_alias=True)) == ["userId", "status", "lastSeenAt", "name"]


def test_fields_that_are_absent_where_the_contract_says_so_are_not_null() -> None:
    seen = SeenView(user_id="a", status="away", last_seen_at=None, name="A", tenant_id="acme")
    assert seen.model_dump(by_alias=True)["tenantId"] == "acme"
    assert RoomDropped(room_id="r").model_dump(by_alias=True) == {"roomId": "r", "removed": True}
    assert "degraded" in SendReply.model_fields


def test_a_client_that_is_read_back_may_meet_fields_that_it_does_not_know() -> None:
    known = {"code": 4001, "reason": "token expired", "reconnect": True}
    assert Bye.model_validate({**known, "later": 1}).code == 4001
    assert issubclass(Bye, Wire)


@settings(deadline=None)
@given(st.text(max_size=140))
def test_models_and_rules_agree_on_ids_of_others(text: str) -> None:
    in_bounds = 0 < len(text) <= ids.MAX_EXTERNAL_ID_CHARS
    assert (in_bounds and is_external_id(text)) == ids.is_external_id(text)
