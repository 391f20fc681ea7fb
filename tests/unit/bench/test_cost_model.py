"""The arithmetic of a month: what people do, what that uses, what is paid for it."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bench.cost import command, costs, load
from bench.cost.bills import Bill
from bench.cost.costs import Books, idle, parts, total, worked
from bench.cost.deployment import MODES, deployment
from bench.cost.durations import START, Duration
from bench.cost.load import Load, heartbeats_a_month, send_of
from bench.cost.prices import Price
from bench.cost.usage import Functions, Month, Usage, between, scaled, waits_ms
from bench.cost.vendors import Traffic, others, traffic
from tests.support.stack import ROOT

SDK = ROOT / "web/sdk/src"
DURATION = Duration(wall_ms=30.0, cpu_ms=10.0)
FUNCTIONS = Functions({("op", "message"): DURATION, START: Duration(600, 600)}, 512, 300, 0.0)
BILL = Bill(ws_in=1, ws_replies=1, ws_pushed=9, invocations={"message": 1}, write_units=4)


def month_of(bill: Bill, *, has_nat: bool = False, functions: Functions = FUNCTIONS) -> Month:
    return Month({"op": bill}, functions, has_nat)


# --- People -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval_s", "hours", "days", "billed"),
    [(30, 8, 22, 42_240), (55, 8, 22, 23_040), (30, 24, 30, 172_800)],
)
def test_a_heartbeat_and_its_reply_are_two_messages(
    interval_s: int, hours: int, days: int, billed: int
) -> None:
    """The plan's 42,000 a month: eight hours on 22 days, every 30 s."""
    assert heartbeats_a_month(interval_s, hours, days) == pytest.approx(billed)


def test_a_month_has_the_heartbeats_of_each_person() -> None:
    looking = Load(users=1_000, messages=0, visible=1.0)
    assert 2 * looking.beats == pytest.approx(1_000 * heartbeats_a_month(30, 8, 22))
    hidden = replace(looking, visible=0.0)
    assert 2 * hidden.beats == pytest.approx(1_000 * heartbeats_a_month(55, 8, 22))


def test_intervals_are_those_of_the_client() -> None:
    heart, connector = (
        (SDK / name).read_text(encoding="utf-8") for name in ("heart.ts", "connector.ts")
    )
    assert f"HIDDEN_MS = {load.HIDDEN_BEAT_S}_000;" in heart
    (minutes,) = re.findall(r"CONNECTION_LIFE_MS = (\d+) \* 60_000;", connector)
    assert int(minutes) * 60 == load.CONNECTION_LIFE_S


@pytest.mark.parametrize(("hours", "sessions", "connects"), [(1, 2, 2), (8, 2, 5), (24, 1, 13)])
def test_who_stays_connects_again_before_two_hours(
    hours: int, sessions: int, connects: int
) -> None:
    asked = Load(users=1, messages=0, days=1, hours=hours, sessions=sessions)
    assert asked.connects == connects


@pytest.mark.parametrize(
    ("users", "tenant_size", "peers"), [(1_000, 50, 49), (10, 50, 9), (5_000, 1_000, 9)]
)
def test_changes_of_presence_reach_the_tenant_or_those_who_asked(
    users: int, tenant_size: int, peers: int
) -> None:
    assert Load(users=users, messages=0, tenant_size=tenant_size).peers == peers


def test_presence_costs_a_message_for_each_peer() -> None:
    month = costs.books().month("public")
    asked = Load(users=50, messages=0, days=1, sessions=2, aways=1)
    load.add_presence(month, asked)
    assert month.quantities["ws_message"] == 50 * 2 * 3 * 49


def test_nobody_is_told_of_receipts_and_typing_in_a_large_room() -> None:
    of = costs.books()
    small, large = of.month("vpc"), of.month("vpc")
    for month, size in ((small, 10), (large, 100)):
        load.add_typing(month, Load(users=0, messages=1_000, room_size=size, typing=1))
    assert small.quantities["ws_message"] == 10_000
    assert large.quantities["ws_message"] == 1_000


# --- Rooms between those that were counted -------------------------------------------------------


@pytest.mark.parametrize("size", load.SIZES)
def test_a_counted_room_is_as_it_was_counted(size: int) -> None:
    bills = costs.books().bills
    name, bill = send_of(bills, size)
    assert bill == bills[name]
    assert bill.ws_pushed == size - 1


@pytest.mark.parametrize("size", [3, 7, 50, 400, 5_000])
def test_a_message_goes_once_to_each_of_a_room_of_any_size(size: int) -> None:
    _, bill = send_of(costs.books().bills, size)
    assert bill.ws_pushed == size - 1


def test_between_two_rooms_what_grows_grows_in_proportion() -> None:
    low = replace(BILL, ws_pushed=1, log_bytes=100, invocations={"message": 1})
    high = replace(BILL, ws_pushed=11, log_bytes=200, invocations={"message": 2})
    half = between(low, high, 0.5)
    assert (half.ws_pushed, half.log_bytes, half.invocations) == (6, 150, {"message": 2})
    assert between(low, high, 0) == low
    assert scaled(high, 22, 11).ws_pushed == 22


# --- What is used, and paid -----------------------------------------------------------------------


def test_operations_are_added_up() -> None:
    month = month_of(replace(BILL, log_bytes=700, sent_bytes=2_000_000, nat_bytes=5), has_nat=True)
    month.add("op", 1_000)
    found = month.usage().quantities
    assert found["ws_message"] == 11_000
    assert found["write_unit"] == 4_000
    assert found["lambda_request"] == 1_000
    assert found["transfer_gb"] == pytest.approx(2.0)
    # What Lambda logs by itself is ingested as well.
    assert found["log_gb"] == pytest.approx(1_000 * (700 + 300) / 1e9)
    assert found["nat_gb"] == pytest.approx(5_000 / 1e9)


def test_without_a_nat_gateway_nothing_goes_through_it() -> None:
    month = month_of(replace(BILL, nat_bytes=5))
    month.add("op", 1_000)
    assert "nat_gb" not in month.usage().quantities


def test_computing_takes_longer_with_a_part_of_a_core_and_waiting_does_not() -> None:
    assert DURATION.waiting_ms == 20
    assert DURATION.computing_ms(1_769) == DURATION.computing_ms(3_000) == 10
    assert DURATION.computing_ms(512) == pytest.approx(34.55, abs=0.01)
    assert FUNCTIONS.billed_ms("op", Bill(invocations={"message": 1})) == pytest.approx(54.55, 0.01)


def test_waiting_for_aws_counts_where_it_is_more_than_for_an_emulator() -> None:
    bill = replace(BILL, dynamodb=5, redis=2, sqs=1, ws_pushed=33)
    assert waits_ms(bill) == 5 * 6 + 2 * 1 + 8 + 2 * 15
    assert FUNCTIONS.billed_ms("op", bill) == pytest.approx(34.55 + 70, abs=0.01)


def test_starts_are_billed_as_well() -> None:
    cold = replace(FUNCTIONS, cold_share=0.5)
    warm_month, cold_month = month_of(BILL), month_of(BILL, functions=cold)
    for month in (warm_month, cold_month):
        month.add("op", 10)
    more = cold_month.quantities["lambda_gb_s"] - warm_month.quantities["lambda_gb_s"]
    assert more == pytest.approx(5 * 0.6 * 0.5)


def test_above_a_billion_messages_the_rest_is_cheaper() -> None:
    prices = costs.books().prices
    paid = costs.usd(Usage({"ws_message": 3e9}), prices, "vpc")
    assert paid["ws_message"] == pytest.approx(1_000 + 1_600)


def test_redis_of_others_is_paid_by_the_script() -> None:
    prices = costs.books().prices
    paid = costs.usd(Usage({"ecpu": 1e6}, redis=2e6), prices, "external")
    assert paid == {"upstash_command": 4.0}


def test_every_price_is_asked_for_by_somebody() -> None:
    of = costs.books()
    used = set(total(parts(Load(1_000, 100_000), "vpc", of)))
    used |= set(total(parts(Load(1_000, 100_000), "external", of)))
    used |= {"ws_message_high"}
    names = {name for name in of.prices if not re.match("appsync|ably|pusher|pubnub|stream", name)}
    assert names - used == {"secret_request"}
    assert all(price.source and price.seen for price in of.prices.values())


# --- A deployment ---------------------------------------------------------------------------------


def test_the_network_is_the_dearest_part_of_an_idle_month() -> None:
    of = costs.books()
    found = {mode: sum(idle(mode, of).values()) for mode in MODES}
    assert deployment("vpc").has_nat
    assert not deployment("vpc, ipv6").has_nat
    assert found["vpc"] - found["vpc, ipv6"] == pytest.approx(36.0)
    assert found["public"] == pytest.approx(found["vpc, ipv6"])
    assert idle("vpc", of)["cache_gb_hour"] == pytest.approx(6.05, abs=0.01)
    assert "cache_gb_hour" not in idle("external", of)


@pytest.mark.covers("B-162")
@pytest.mark.parametrize("mode", ["vpc, ipv6", "public", "external"])
def test_without_a_nat_gateway_an_idle_month_is_that_of_a_small_server(mode: str) -> None:
    """The servers before cost 5 to 20 USD a month."""
    assert 5 < sum(idle(mode, costs.books()).values()) < 20


def test_what_runs_by_itself_runs_each_minute() -> None:
    made = deployment("vpc")
    assert made.sweeps == 43_200
    assert made.polls == 2 * 5 * 3 * 43_200


# --- The worked example ---------------------------------------------------------------------------


def test_the_worked_example_is_a_hundred_thousand_sends() -> None:
    of = costs.books()
    paid, used = worked("vpc", of)
    send = of.bills["message.send (room of 10)"]
    assert used.quantities["ws_message"] == 100_000 * send.ws_messages == 1_100_000
    assert paid["ws_message"] == pytest.approx(1.10)
    assert paid["write_unit"] == pytest.approx(100_000 * send.write_units * 0.625 / 1e6)
    # Near what was reckoned before anything was built (AWS.md §G: 1.35 to 1.65).
    assert 1.35 < sum(paid.values()) < 2.0


def options(*arguments: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return vars(parser.parse_args(arguments))


def test_the_command_prints_the_worked_example(capsys: pytest.CaptureFixture[str]) -> None:
    figures = command.run(
        options("--users", "0", "--messages", "100000", "--receipts", "0", "--typing", "0")
    )
    printed = capsys.readouterr().out
    expected = sum(worked("vpc", costs.books())[0].values())
    assert sum(figures["usdByPart"]["messages"].values()) == pytest.approx(expected, abs=0.001)
    assert re.search(rf"^messages +{expected:.2f}$", printed, re.MULTILINE)
    assert figures["usd"] == pytest.approx(
        expected + sum(idle("vpc", costs.books()).values()), abs=0.01
    )
    assert "Ably, list price" in printed
    assert "log_gb" in figures["unsure"]


def test_prices_of_another_region_are_read_from_a_file(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs/cost-prices.tsv").read_text(encoding="utf-8")
    dearer = tmp_path / "prices.tsv"
    dearer.write_text(text.replace("ws_message\t1.00", "ws_message\t2.00"), encoding="utf-8")
    found = command.run(options("--messages", "100000", "--users", "0", "--prices", str(dearer)))
    assert found["usdByPart"]["messages"]["ws_message"] == pytest.approx(2.2)


# --- Others ---------------------------------------------------------------------------------------


def test_others_are_paid_for_the_same_events() -> None:
    listed = others(Traffic(published=100_000, delivered=900_000), costs.books().prices)
    # Ably: 100,000 in, their echo, 900,000 out at 2.50 a million, and 29 a month.
    assert listed["Ably"] == pytest.approx(29 + 2.75)
    assert listed["AppSync Events"] == pytest.approx(1.0)
    assert listed["Pusher"] == 49


@pytest.mark.parametrize(
    ("users", "a_day", "usd"),
    [(400, 900_000, 49), (600, 900_000, 99), (400, 5_000_000, 299), (20_000, 1, None)],
)
def test_a_plan_is_large_enough_in_people_and_messages(
    users: int, a_day: int, usd: float | None
) -> None:
    seen = Traffic(published=0, delivered=a_day * 10, users=users, days=10)
    assert others(seen, costs.books().prices)["Pusher"] == usd


def test_heartbeats_are_not_carried_by_others() -> None:
    quiet = Load(users=100, messages=0, sessions=0, aways=0)
    seen = traffic(quiet)
    assert (seen.published, seen.delivered) == (0, 0)
    assert seen.connection_minutes == 100 * 22 * 8 * 60


def test_a_price_says_when_its_source_is_weak() -> None:
    sure = Price(1.0, 1, 0, "thing", "AWS's page", "2026-09-20")
    assert not sure.is_unsure
    assert replace(sure, source="UNSURE: memory").is_unsure


def test_free_tiers_take_off_what_is_fixed_only() -> None:
    of = costs.books()
    made = deployment("vpc")
    spared = costs.free_of(made, of.prices)
    expected: Mapping[str, float] = {"alarm": 10 * 0.1, "metric": 10 * 0.3, "dashboard": 3.0}
    present = {name: usd for name, usd in expected.items() if name in made.fixed}
    assert spared <= sum(present.values()) + 1e-9
    assert spared > 0


def test_books_of_a_test_need_no_files() -> None:
    of = Books({"sweep (nobody anywhere)": Bill()}, {START: DURATION}, costs.books().prices)
    assert set(idle("public", of)) >= {"schedule", "sqs_request"}
