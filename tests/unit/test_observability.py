"""Log lines: their fields, and what in them could disturb who reads them."""

import logging

import pytest

from parley import observability


@pytest.mark.scenario("S6")
def test_what_moves_a_terminal_or_turns_text_around_is_escaped(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "parley")
    observability.info("seen", tenant_id="a\x9b\u2028\u202eb", room_id="Zoë 語 😀", seq=7)
    fields = vars(caplog.records[-1])
    assert fields["tenant_id"] == "a\\u{9b}\\u{2028}\\u{202e}b"
    assert (fields["room_id"], fields["seq"]) == ("Zoë 語 😀", 7)


def test_an_error_has_its_exception_and_the_place_it_was_said_at(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        raise ValueError("bug")
    except ValueError:
        observability.error("failed", tenant_id="a\nb")
    record = caplog.records[-1]
    assert record.exc_info is not None
    assert (vars(record)["tenant_id"], record.filename) == ("a\\u{a}b", "test_observability.py")


@pytest.mark.scenario("S6")
def test_what_is_within_a_field_is_escaped_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "parley")
    observability.info("seen", outcomes={"a\nb": {"c=": "d\u202e"}}, rooms=[("\x9b", 7)])
    fields = vars(caplog.records[-1])
    assert fields["outcomes"] == {"a\\u{a}b": {"c=": "d\\u{202e}"}}
    assert fields["rooms"] == [["\\u{9b}", 7]]
