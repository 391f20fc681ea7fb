"""What part 1 must show, one function a line; `make show PART=1` prints them, tests assert them."""

import asyncio
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import load
from bench.checks import Check, Shown
from bench.isolation import attacks
from tests.support.client import Client, new_id
from tests.support.contention import contend
from tests.support.flushing import flush_valkey
from tests.support.places import Place
from tests.support.real_app import real_stores
from tests.support.round_trips import round_trips_of_a_send
from tests.support.stack import ROOT, Stack, running_stack

RAISED = load.RAISED_LIMITS
SENDERS = 100
MESSAGES_EACH = 20
CONTENDERS = 50


# --- 1 ------------------------------------------------------------------------------------------


def chat_and_restart() -> Shown:
    """Two clients chat, see presence and typing, reconnect, catch up; a restart keeps it all."""
    with tempfile.TemporaryDirectory(prefix="parley-") as folder:
        with running_stack(RAISED, Path(folder)) as stack:
            room_id, caught_up = asyncio.run(_chat(stack))
        with running_stack(RAISED, Path(folder)) as stack:
            kept = asyncio.run(_history(stack, room_id))
    ok = caught_up == ["2", "3"] and kept == ["1", "2", "3"]
    return Shown(ok, f"caught up with {len(caught_up)} of 2, {len(kept)} of 3 after a restart")


async def _chat(stack: Stack) -> tuple[str, list[str]]:
    alice, bob = await open_person(stack, "alice"), await open_person(stack, "bob")
    sent = await alice.do("message.send", toUserId="bob", clientId=new_id(), body="1")
    room_id = sent["message"]["roomId"]
    await bob.event("message:new", lambda message: message["body"] == "1")
    await alice.event("presence:update", lambda data: _names(data, "bob"))
    await bob.tell("typing.start", roomId=room_id)
    await alice.event("typing:update", lambda data: data["userId"] == "bob")
    await bob.do("receipt.read", roomId=room_id, seq=1)
    await alice.event("receipt:update", lambda data: data["readSeq"] == 1)
    await bob.close()
    for body in ("2", "3"):
        await alice.do("message.send", roomId=room_id, clientId=new_id(), body=body)
    back = await open_person(stack, "bob")
    synced = await back.do("sync.start", rooms={room_id: {"seq": 1, "rev": 0}})
    await asyncio.gather(alice.close(), back.close())
    return room_id, [message["body"] for message in synced["changes"][0]["messages"]]


async def _history(stack: Stack, room_id: str) -> list[str]:
    alice = await open_person(stack, "alice")
    history = await alice.do("message.history", roomId=room_id)
    await alice.close()
    return [message["body"] for message in history["messages"]]


def _names(data: dict[str, Any], user_id: str) -> bool:
    return any(user["userId"] == user_id for user in data["users"])


async def open_person(stack: Place, sub: str, tenant: str = "acme", **claims: Any) -> Client:
    """Connect somebody."""
    token = await asyncio.to_thread(stack.token, sub, tenantId=tenant, name=sub.title(), **claims)
    return await Client.open(stack.ws_url, token)


# --- 2 ------------------------------------------------------------------------------------------


def parallel_senders() -> Shown:
    """100 people send 20 messages each into one room at once; half are retried twice."""
    with running_stack(RAISED) as stack:
        return asyncio.run(many_into_one_room(stack, SENDERS, MESSAGES_EACH))


async def many_into_one_room(stack: Place, senders: int, each: int) -> Shown:
    """Let many people send at once, retry half of it, and look from every side."""
    tenant = f"many-{uuid.uuid4().hex[:8]}"
    users = [f"user-{number}" for number in range(senders)]
    clients = [await open_person(stack, user, tenant) for user in users]
    room = await clients[0].do("room.create", type="group", memberIds=users)
    room_id = str(room["roomId"])
    unequal = sum(await asyncio.gather(*(_send_all(client, room_id, each) for client in clients)))
    total = senders * each
    seqs = await _all_seqs(clients[0], room_id)
    await _settle(clients, total, each)
    missed = sum(1 for client in clients if not _saw_all(client, total, each))
    await asyncio.gather(*(client.close() for client in clients))
    ok = seqs == list(range(1, total + 1)) and unequal == 0 and missed == 0
    return Shown(
        ok,
        f"{len(seqs)} of {total} stored, seq {seqs[0]}..{seqs[-1]}, {unequal} unequal retries, "
        f"{missed} members missed some",
    )


async def _send_all(client: Client, room_id: str, each: int) -> int:
    """Send one person's messages, every other one three times; count unequal replies."""
    unequal = 0
    for number in range(each):
        message = {"roomId": room_id, "clientId": new_id(), "body": f"message {number}"}
        first = await _until_stored(client, message)
        for _ in range(2 if number % 2 else 0):
            again = await _until_stored(client, message)
            unequal += again["message"] != first["message"] or not again["duplicate"]
    return unequal


async def _until_stored(client: Client, message: dict[str, str]) -> Any:
    """Send as a client does: UNAVAILABLE stored nothing and may be tried again."""
    for _ in range(20):
        reply = await client.ask("message.send", **message)
        if reply["ok"]:
            return reply["data"]
        assert reply["error"] == "UNAVAILABLE", reply
        await asyncio.sleep(reply["retryAfter"])
    raise AssertionError("the room stayed too busy")


async def _all_seqs(client: Client, room_id: str) -> list[int]:
    seqs: list[int] = []
    more = True
    while more:
        after = seqs[-1] if seqs else 0
        page = await client.do("message.history", roomId=room_id, after=after, limit=100)
        seqs += [message["seq"] for message in page["messages"]]
        more = page["hasMore"]
    return seqs


async def _settle(clients: Sequence[Client], total: int, each: int) -> None:
    for _ in range(100):
        if all(_saw_all(client, total, each) for client in clients):
            return
        await asyncio.sleep(0.1)


def _saw_all(client: Client, total: int, own: int) -> bool:
    # A sending connection hears of its own messages by their replies.
    return len({message["messageId"] for message in client.named("message:new")}) == total - own


def contention() -> Shown:
    """50 people send at once; each transaction takes 12 ms and conflicts with those beside it."""
    with real_stores() as (redis_url, endpoint_url):
        seen = contend(redis_url, endpoint_url, CONTENDERS)
    whole = seen.seqs == list(range(1, CONTENDERS + 2))
    ok = whole and not seen.failures and seen.within_five >= 0.95 and seen.last_reply_s <= 2
    return Shown(
        ok,
        f"{len(seen.seqs) - 1} of {CONTENDERS} stored, {seen.within_five:.0%} within 5 tries, "
        f"last reply after {seen.last_reply_s:.2f} s, {seen.conflicts} conflicts",
    )


# --- 3 to 6 -------------------------------------------------------------------------------------


def flushed_between_send_and_retry() -> Shown:
    """FLUSHALL between a send and its retries."""
    with running_stack(RAISED) as stack:
        return asyncio.run(flush_and_retry(stack))


async def flush_and_retry(stack: Stack) -> Shown:
    """Send, lose all of Valkey, send the same again over two connections."""
    tenant = f"flush-{uuid.uuid4().hex[:8]}"
    alice = await open_person(stack, "alice", tenant)
    message = {"toUserId": "bob", "clientId": new_id(), "body": "once"}
    first = await alice.do("message.send", **message)
    other = await open_person(stack, "alice", tenant)
    await asyncio.to_thread(flush_valkey, stack)
    repeats = [await client.do("message.send", **message) for client in (alice, other, alice)]
    same = sum(repeat == {"message": first["message"], "duplicate": True} for repeat in repeats)
    await asyncio.gather(alice.close(), other.close())
    return Shown(same == len(repeats), f"{same} of {len(repeats)} retries gave the first message")


def tenants_apart() -> Shown:
    """Somebody of acme fires every operation with ids of globex."""
    with running_stack(RAISED) as stack:
        return asyncio.run(attacks(stack))


def round_trips() -> Shown:
    """What one send asks of Redis and DynamoDB before its pushes."""
    with real_stores() as (redis_url, endpoint_url):
        redis_calls, dynamodb_calls = round_trips_of_a_send(redis_url, endpoint_url)
    ok = (redis_calls, dynamodb_calls) == (1, 1)
    return Shown(ok, f"{redis_calls} Redis round trip, {dynamodb_calls} DynamoDB request")


def killed_function() -> Shown:
    """A function killed between storing and pushing."""
    with running_stack(RAISED) as stack:
        return asyncio.run(kill_between_store_and_push(stack))


async def kill_between_store_and_push(stack: Stack) -> Shown:
    """Kill the sending function at its first push; the peer only beats."""
    tenant = f"kill-{uuid.uuid4().hex[:8]}"
    alice, bob = await open_person(stack, "alice", tenant), await open_person(stack, "bob", tenant)
    first = await alice.do("message.send", toUserId="bob", clientId=new_id(), body="1")
    room_id = first["message"]["roomId"]
    await bob.event("message:new")
    await bob.do("presence.heartbeat", status="online")
    await asyncio.to_thread(stack.fault, verb="kill_on_post", function="MessageFunction")
    lost = {"roomId": room_id, "clientId": new_id(), "body": "2"}
    await alice.send("message.send", **lost)
    # SPEC §5.4: noticed at the first heartbeat 3 s or more after the message was stored.
    await asyncio.sleep(4)
    beat = await bob.do("presence.heartbeat", status="online")
    named = any(r["roomId"] == room_id and r["lastSeq"] == 2 for r in beat["changed"])
    missed = await bob.do("message.history", roomId=room_id, after=1)
    pushed = [message for message in bob.named("message:new") if message["seq"] == 2]
    found = [message["body"] for message in missed["messages"]] == ["2"]
    await asyncio.gather(alice.close(), bob.close())
    ok = named and found and not pushed
    return Shown(ok, f"pushed {len(pushed)} times, named by the next heartbeat: {named}")


# --- 7 and 8 ------------------------------------------------------------------------------------


def under_load() -> Shown:
    """200 connections, 20 rooms of 10, 50 messages a second for 20 s."""
    figures = load.run({})
    p99 = figures["deliveryMs"]["p99"]
    ok = figures["lost"] == 0 and figures["acked"] == figures["sent"] and p99 < 50
    return Shown(
        ok, f"{figures['acked']} acked, {figures['lost']} lost, delivery p99 {p99} ms (below 50)"
    )


def static_checks() -> Shown:
    """The types, the style, and which way imports point."""
    failed = [
        name
        for name in ("lint", "type", "imports")
        if subprocess.run(["make", name], cwd=ROOT, capture_output=True, check=False).returncode
    ]
    return Shown(not failed, "failed: " + ", ".join(failed) if failed else "3 of 3 clean")


def contract_suite() -> Shown:
    """The same tests on the memory and the real adapter of every port."""
    return _pytest("tests/contract")


def coverage_of_rules() -> Shown:
    """Lines of errors, protocol, domain and services that unit and handler tests cover."""
    rules = ",".join(
        f"layers/core/parley/{path}"
        for path in ("errors.py", "protocol/*", "domain/*", "services/*")
    )
    with tempfile.TemporaryDirectory(prefix="parley-") as folder:
        data = f"--data-file={folder}/coverage"
        _coverage("run", data, "-m", "pytest", "-q", "tests/unit", "tests/handlers")
        _coverage("combine", data, folder)
        total = _coverage("report", data, f"--include={rules}", "--format=total")
    return Shown(float(total) >= 95, f"{total} % of lines and branches (95)")


def _coverage(*arguments: str) -> str:
    command = [sys.executable, "-m", "coverage", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _pytest(*arguments: str) -> Shown:
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    figures = [line.strip("= ") for line in done.stdout.splitlines() if " passed" in line]
    return Shown(done.returncode == 0, figures[-1] if figures else "no figure")


CHECKS = (
    Check(
        "1", "two clients chat, reconnect, catch up; a restart keeps the history", chat_and_restart
    ),
    Check("2a", "100 senders into one room, half retried twice", parallel_senders),
    Check("2b", "50 senders at once on a DynamoDB that answers conflicts", contention),
    Check("3", "FLUSHALL between send and retry", flushed_between_send_and_retry),
    Check("4", "every operation with another tenant's ids", tenants_apart),
    Check("5", "round trips of one send before its pushes", round_trips),
    Check("6", "a function killed between storing and pushing", killed_function),
    Check("7", "200 connections, 50 messages/s for 20 s", under_load),
    Check("8a", "ruff, mypy strict, import-linter", static_checks),
    Check("8b", "the contract suite, memory and real", contract_suite),
    Check("8c", "coverage of errors, protocol, domain, services", coverage_of_rules),
)
