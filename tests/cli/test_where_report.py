"""What log lines say about a message, judged without logs or table."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.where.lines import Evidence, Place, about_message, add_recoveries, read
from cli.where.report import State, as_json, as_text, report
from parley.domain.ids import new_message_id
from parley.domain.rooms import Cursor

MESSAGE = str(new_message_id(7))
IDS: dict[str, Any] = {"tenant_id": "acme", "room_id": "g-1", "message_id": MESSAGE, "seq": 7}
NOW = datetime(2026, 11, 30, 20, 59, tzinfo=UTC)
PLACE = Place("acme", "g-1", 7)


def line(message: str, second: float = 0.0, **fields: Any) -> str:
    at = f"2026-11-30 20:58:{int(second):02},{round(second % 1 * 1000):03}+0000"
    return json.dumps({"level": "INFO", "message": message, "timestamp": at, **fields})


def stored(second: float = 1.0) -> str:
    return line("message_stored", second, **IDS, user_id="alice", connection_id="a=", tries=1)


def pushed(second: float = 2.0, **outcomes: dict[str, str]) -> str:
    return line("message_pushed", second, **IDS, event="message:new", outcomes=outcomes)


def recovered(second: float, user: str, by: str, upto: Any) -> str:
    where = {"tenant_id": "acme", "user_id": user, "connection_id": f"{user[0]}=", "by": by}
    return line("message_recovered", second, **where, rooms={"g-1": upto, "other": 99})


def evidence_of(*lines: str) -> Evidence:
    evidence = about_message(lines, MESSAGE, NOW)
    add_recoveries(evidence, lines)
    return evidence


def states(*lines: str, **cursors: Cursor) -> dict[str, State]:
    people = {"alice": Cursor(7, 7), **cursors}
    answer = report(evidence_of(*lines), PLACE, people, "alice")
    return {each.user_id: each.state for each in answer.recipients}


def test_lines_of_others_and_what_is_no_line_are_passed_over() -> None:
    assert read("Traceback (most recent call last):") is None
    assert read("[1]") is None
    assert read('{"message": "no time"}') is None
    other = line("message_stored", **{**IDS, "message_id": str(new_message_id(7))}, user_id="eve")
    assert about_message(["", "{", other], MESSAGE, NOW) == Evidence(MESSAGE, NOW)


def test_where_it_is_and_who_sent_it_come_from_the_line_of_its_storing() -> None:
    evidence = evidence_of(stored())
    assert evidence.place == PLACE
    assert evidence.stored is not None
    assert evidence.stored.user_id == "alice"


def test_each_outcome_of_a_push_is_a_state() -> None:
    lines = (
        stored(),
        pushed(bob={"b=": "delivered"}, carol={"c=": "throttled"}, dave={"d=": "gone"}),
    )
    none = Cursor()
    assert states(*lines, bob=none, carol=none, dave=none, erin=none) == {
        "alice": State.SENDER,
        "bob": State.PUSHED,
        "carol": State.FAILED,
        "dave": State.GONE,
        "erin": State.OFFLINE,
    }


def test_of_several_connections_one_that_has_it_is_enough() -> None:
    lines = (stored(), pushed(bob={"b1": "gone", "b2": "delivered", "b3": "timeout"}))
    assert states(*lines)["bob"] is State.PUSHED


def test_one_gone_and_one_failed_connection_have_failed() -> None:
    assert states(stored(), pushed(bob={"b1": "gone", "b2": "timeout"}))["bob"] is State.FAILED


def test_what_a_heartbeat_tells_and_sync_brings_is_recovered() -> None:
    failed = (stored(), pushed(bob={"b=": "throttled"}))
    told = recovered(5, "bob", "heartbeat", 7)
    assert states(*failed, told)["bob"] is State.TOLD
    assert states(*failed, told, recovered(6, "bob", "sync", [5, 7]))["bob"] is State.RECOVERED
    assert states(*failed, recovered(6, "bob", "history", [7, 7]))["bob"] is State.RECOVERED


def test_what_was_brought_before_it_or_behind_it_recovers_nothing() -> None:
    failed = (stored(), pushed(bob={"b=": "throttled"}))
    for upto in (6, [1, 6], [8, 9]):
        assert states(*failed, recovered(5, "bob", "sync", upto))["bob"] is State.FAILED


def test_cursors_outweigh_what_was_logged() -> None:
    lines = (stored(), pushed(bob={"b=": "throttled"}, carol={"c=": "throttled"}))
    found = states(*lines, bob=Cursor(7, 7), carol=Cursor(8, 6))
    assert found["bob"] is State.READ
    assert found["carol"] is State.DELIVERED


def test_a_queued_message_waits_until_something_is_pushed() -> None:
    queued = line("message_queued", 1.5, **IDS, event="message:new", crowded=True)
    assert states(stored(), queued, bob=Cursor())["bob"] is State.QUEUED
    lines = (stored(), queued, pushed(3.0, carol={"c=": "delivered"}))
    assert states(*lines, bob=Cursor())["bob"] is State.OFFLINE


def test_a_shard_that_is_not_pushed_yet_waits_until_the_queue_forgets_it() -> None:
    queued = line("message_queued", 1.5, **IDS, event="message:new", count=2)
    lines = [stored(), queued, pushed(3.0, carol={"c=": "delivered"})]
    assert states(*lines, bob=Cursor())["bob"] is State.QUEUED
    everybody = [*lines, pushed(4.0, dave={"d=": "delivered"})]
    assert states(*everybody, bob=Cursor())["bob"] is State.OFFLINE
    late = about_message(lines, MESSAGE, NOW + timedelta(minutes=10))
    answer = report(late, PLACE, {"bob": Cursor()}, "alice")
    assert answer.recipients[0].state is State.OFFLINE


def test_somebody_who_has_left_since_is_told_about_too() -> None:
    assert states(stored(), pushed(zoe={"z=": "delivered"})) == {
        "alice": State.SENDER,
        "zoe": State.PUSHED,
    }


def test_words_and_json_say_the_same() -> None:
    evidence = evidence_of(
        stored(1.25),
        line("message_queued", 1.5, **IDS, event="message:new", crowded=True),
        pushed(2.0, bob={"b=": "throttled"}, carol={"c=": "delivered"}, dave={"d=": "gone"}),
        line("message_repeated", 4.0, **IDS, user_id="alice"),
        recovered(5.0, "bob", "heartbeat", 7),
        recovered(6.125, "bob", "sync", [7, 7]),
    )
    cursors = {"bob": Cursor(6, 5), "carol": Cursor(7, 7), "dave": Cursor(), "alice": Cursor(7, 7)}
    answer = report(evidence, PLACE, cursors, "alice")
    text = list(as_text(answer))
    assert text[:5] == [
        f"Message {MESSAGE} is number 7 of room g-1 (tenant acme).",
        "Stored at 2026-11-30T20:58:01.250Z, sent by alice.",
        "Sent again at 2026-11-30T20:58:04.000Z: nothing was stored twice.",
        "message:new handed to the fan-out queue at 2026-11-30T20:58:01.500Z, "
        "for everybody in the room.",
        "3 recipients: 1 recovered, 1 read, 1 gone.",
    ]
    bob = text.index("bob: recovered")
    assert text[bob + 1 : bob + 5] == [
        "  message:new could not be pushed to connection b= at 2026-11-30T20:58:02.000Z: throttled",
        "  a heartbeat told connection b= at 2026-11-30T20:58:05.000Z that the room has news",
        "  sync brought it to connection b= at 2026-11-30T20:58:06.125Z",
        "  has not confirmed it: delivered up to 6, read 5",
    ]
    data = as_json(answer)
    assert json.loads(json.dumps(data)) == data
    assert data["seq"] == 7
    assert data["queued"] == [
        {"at": "2026-11-30T20:58:01.500Z", "event": "message:new", "connections": None}
    ]
    by_user = {each["userId"]: each for each in data["recipients"]}
    assert by_user["bob"]["words"] == [sentence.strip() for sentence in text[bob + 1 : bob + 5]]
    assert by_user["carol"]["pushes"][0]["outcome"] == "delivered"
    assert by_user["dave"]["state"] == "gone"


def test_without_recipients_and_lines_it_says_so() -> None:
    text = list(as_text(report(Evidence(MESSAGE, NOW), PLACE, {}, None)))
    assert text[1:] == [
        "No line of this time tells when it was stored.",
        "It has no recipients.",
    ]
