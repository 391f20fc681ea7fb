"""The promises of SPEC §5 through every real part; `make show PART=1` runs the same, larger."""

import pytest

from bench import part1
from bench.isolation import attacks
from tests.support.contention import contend, react_at_once
from tests.support.places import Place
from tests.support.real_app import real_stores
from tests.support.stack import Stack

pytestmark = pytest.mark.e2e


async def test_many_senders_into_one_room_leave_one_order_without_holes(stack: Place) -> None:
    shown = await part1.many_into_one_room(stack, senders=20, each=6)
    assert shown.ok, shown.figure


@pytest.mark.here
async def test_a_retry_after_valkey_lost_everything_returns_the_first_message(
    stack: Stack,
) -> None:
    shown = await part1.flush_and_retry(stack)
    assert shown.ok, shown.figure


async def test_nothing_of_another_tenant_is_seen_or_reached(stack: Place) -> None:
    shown = await attacks(stack)
    assert shown.ok, shown.figure


@pytest.mark.here
async def test_a_killed_function_leaves_the_message_to_the_next_heartbeat(stack: Stack) -> None:
    shown = await part1.kill_between_store_and_push(stack)
    assert shown.ok, shown.figure


def test_two_clients_chat_and_a_restart_keeps_the_history() -> None:
    shown = part1.chat_and_restart()
    assert shown.ok, shown.figure


def test_senders_at_once_are_all_stored_where_transactions_conflict() -> None:
    # Times are for `make show`: a busy machine must not fail this.
    with real_stores() as (redis_url, endpoint_url):
        seen = contend(redis_url, endpoint_url, senders=30, budget_ms=20_000)
    assert seen.failures == []
    assert seen.seqs == list(range(1, 32))


def test_people_who_react_at_once_are_all_heard_where_transactions_conflict() -> None:
    with real_stores() as (redis_url, endpoint_url):
        assert react_at_once(redis_url, endpoint_url, people=30, budget_ms=20_000) == 30


def test_a_send_makes_one_redis_round_trip_and_one_dynamodb_request_before_its_pushes() -> None:
    shown = part1.round_trips()
    assert shown.ok, shown.figure
