"""What a running Parley writes for its operators: metrics that CloudWatch reads, and ids only."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from local.servers import valkey
from tests.support.client import Client, new_id
from tests.support.emf import all_metrics, lines_of
from tests.support.faults.gateway import GatewayFaults
from tests.support.house import House, house
from tests.support.stack import Stack, running_stack, until

Json = dict[str, Any]
NAMESPACE = "Parley/parley-local"
SENDER = "parley-local-MessageFunction"
LIMIT = 5
# Nobody else says these, so that a line which does has them from us.
BODY = f"body-{secrets.token_hex(8)}"
NAME = f"name-{secrets.token_hex(8)}"

pytestmark = [pytest.mark.e2e, pytest.mark.here, pytest.mark.asyncio(loop_scope="function")]


@dataclass
class Watched:
    """A Parley, its log, and its Redis, which can be ended."""

    stack: Stack
    end_redis: Callable[[], None]
    read: int = 0

    @property
    def log(self) -> str:
        """Return all that functions have written."""
        return (self.stack.data_dir / "logs" / "functions.log").read_text(encoding="utf-8")

    def mark(self) -> None:
        """Look from here on only."""
        self.read = len(self.log)

    def metrics(self) -> dict[str, list[float]]:
        """Return the metrics since the mark; each line must be one that CloudWatch takes."""
        return all_metrics(self.log[self.read :], NAMESPACE)

    def counted(self, name: str) -> float:
        """Return what a count came to since the mark."""
        return sum(self.metrics().get(name, []))

    def lines(self, message: str) -> list[Json]:
        """Return the log lines of one event since the mark."""
        found = lines_of(self.log[self.read :])
        return [line for line in found if line.get("message") == message]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with ExitStack() as redis, ExitStack() as stack:
        url = redis.enter_context(valkey())
        settings = {"REDIS_URL": url, "PARLEY_MESSAGES_PER_10S": str(LIMIT)}
        running = stack.enter_context(running_stack(settings))
        yield Watched(running, redis.close)


@pytest_asyncio.fixture
async def tenant(watched: Watched) -> AsyncIterator[House]:
    async with house(watched.stack) as made:
        watched.mark()
        yield made


async def eventually(condition: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(until, condition)


async def send(client: Client, room_id: str) -> Json:
    return await client.ask("message.send", roomId=room_id, clientId=new_id(), body=BODY)


@pytest.mark.covers("B-132", "B-134", "B-145", "C-32")
async def test_connections_are_counted_and_logged_with_who_they_are(
    watched: Watched, tenant: House
) -> None:
    alice = await tenant.person("alice", name=NAME)
    await eventually(lambda: watched.counted("connects"))
    (line,) = watched.lines("connected")
    assert line["level"] == "INFO"
    assert (line["user_id"], line["tenant_id"]) == ("alice", tenant.tenant)
    await alice.close()
    await eventually(lambda: "connection_s" in watched.metrics())
    (closed,) = watched.lines("disconnected")
    assert closed["connection_id"] == line["connection_id"]
    assert closed["open_s"] == watched.metrics()["connection_s"][0]
    with pytest.raises(Exception, match="401"):
        await Client.open(watched.stack.ws_url, "no.good.token")
    await eventually(lambda: watched.counted("connects_refused"))
    (refused,) = watched.lines("connect_refused")
    assert refused["reason"]
    assert watched.counted("connects_failed") == 0


@pytest.mark.covers("B-135", "B-136", "B-138", "B-140", "B-141", "D-28")
async def test_a_message_is_counted_timed_and_logged_from_its_sending_to_its_arrival(
    watched: Watched, tenant: House
) -> None:
    alice, bob = await tenant.person("alice"), await tenant.person("bob")
    room_id = await tenant.group(alice, "bob")
    watched.mark()
    said = (await send(alice, room_id))["data"]["message"]
    await bob.event("message:new", lambda data: data["messageId"] == said["messageId"])
    await eventually(lambda: watched.counted("messages_stored"))
    found = watched.metrics()
    assert found["messages_stored"] == [1]
    assert found["message_bytes"] == [len(BODY)]
    for name in ("send_ms", "command_ms", "delivery_ms", "redis_ms", "database_ms"):
        assert found[name], name
        assert all(0 <= value < 30_000 for value in found[name]), name
    assert all(0 < value < 100 for value in found["memory_percent"])
    (stored,) = watched.lines("message_stored")
    assert (stored["user_id"], stored["message_id"]) == ("alice", said["messageId"])
    (pushed,) = watched.lines("message_pushed")
    ((connection_id, outcome),) = pushed["outcomes"]["bob"].items()
    assert (pushed["message_id"], outcome) == (said["messageId"], "delivered")
    assert connection_id != stored["connection_id"]


@pytest.mark.covers("B-137", "B-143")
async def test_a_push_that_fails_is_counted_and_named(watched: Watched, tenant: House) -> None:
    alice = await tenant.person("alice")
    await tenant.person("bob", "phone")
    room_id = await tenant.group(alice, "bob")
    watched.mark()
    with GatewayFaults(watched.stack) as faults:
        faults.limit(probability=1.0, user_agent=tenant.agent("phone"))
        await send(alice, room_id)
        await eventually(lambda: watched.counted("pushes_failed"))
    assert watched.counted("pushes") >= watched.counted("pushes_failed") >= 1
    assert "throttled" in str([line["outcomes"] for line in watched.lines("message_pushed")])
    assert {line["level"] for line in watched.lines("push_failed")} == {"WARNING"}


@pytest.mark.covers("B-144", "B-155")
async def test_commands_over_a_limit_are_counted_and_warned_of(
    watched: Watched, tenant: House
) -> None:
    alice = await tenant.person("alice")
    room_id = await tenant.group(alice, "bob")
    watched.mark()
    replies = [await send(alice, room_id) for _ in range(LIMIT + 3)]
    over = [reply for reply in replies if not reply["ok"]]
    assert {reply["error"] for reply in over} == {"RATE_LIMITED"}
    # Held until something is written anyway, such as the metrics of a message.
    await tenant.say(room_id, "bob")
    warned = watched.lines("command_refused")
    assert [line["level"] for line in warned] == ["WARNING"] * len(over)
    assert {line["correlation_id"] for line in warned} == {r["correlationId"] for r in over}


@pytest.mark.covers("D-58", "B-147")
async def test_each_line_has_its_fields_and_the_id_that_the_client_was_told(
    watched: Watched, tenant: House
) -> None:
    alice = await tenant.person("alice")
    watched.mark()
    reply = await alice.ask("room.get", roomId="g-" + "0" * 32)
    assert reply["error"] == "NOT_FOUND"
    (line,) = await eventually(lambda: watched.lines("command_refused"))
    assert line["correlation_id"] == reply["correlationId"]
    for name in ("timestamp", "level", "function_name", "function_request_id", "service"):
        assert line[name], name


# The last ones: Redis does not come back.


@pytest.mark.covers("B-140", "B-150")
async def test_a_redis_that_is_gone_is_counted_and_said_once_by_each_process(
    watched: Watched, tenant: House
) -> None:
    alice, bob = await tenant.person("alice"), await tenant.person("bob")
    room_id = await tenant.group(alice, "bob")
    watched.mark()
    await asyncio.to_thread(watched.end_redis)
    for _ in range(3):
        reply = await send(alice, room_id)
        assert reply["data"]["degraded"] is True
        # Longer than a breaker is open: it is asked again, and fails again.
        await asyncio.sleep(2.5)
    await eventually(lambda: watched.counted("redis_errors"))
    said = watched.lines("redis_unreachable")
    assert {line["level"] for line in said} == {"ERROR"}
    by_sender = [line for line in said if line["function_name"] == SENDER]
    processes = {
        line["function_request_id"]
        for line in lines_of(watched.log)
        if line.get("function_name") == SENDER and line["cold_start"]
    }
    assert 1 <= len(by_sender) <= len(processes)
    assert bob.is_open


@pytest.mark.scenario("S6")
async def test_no_line_of_all_that_holds_what_people_said_or_by_what_right(
    watched: Watched,
) -> None:
    log = watched.log
    assert len(log) > 10_000, os.fspath(watched.stack.data_dir)
    for secret in (BODY, NAME, "eyJ"):
        assert secret not in log, [line for line in log.splitlines() if secret in line][:1]
