"""The command of operators, by the outputs and logs of what is deployed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.running import Ran, run
from tests.support.client import Client, new_id
from tests.support.deployment import KEYS, REGION, Deployment
from tests.support.stack import until

CREDENTIALS = {name.upper(): value for name, value in KEYS.items()}
# Lines go to CloudWatch when an invocation has ended.
LOGGED_IN_S = 30

At = Callable[..., Ran]


@pytest.fixture
def at(deployment: Deployment) -> At:
    def ask(*arguments: str) -> Ran:
        where = ("--stack", deployment.stack.name, "--region", REGION)
        emulator = ("--endpoint-url", deployment.cloud.url)
        return run(*arguments, *where, *emulator, "--json", environment=CREDENTIALS)

    return ask


async def test_where_reads_what_the_deployed_functions_logged(
    deployment: Deployment, at: At
) -> None:
    place, tenant = deployment.stack.place(), f"tenant-{new_id()}"
    # A message makes their room, in which Bob is heard.
    first = at("send", "--to", "bob", "--as", "ann", "--tenant", tenant, "hello").json()
    bob = await Client.open(place.ws_url, place.token("bob", tenantId=tenant, name="Bob"))
    sent = at("send", "--room", first["roomId"], "--as", "ann", "--tenant", tenant, "hi").json()
    try:
        told = until(lambda: recipients(at, sent["messageId"], "pushed"), LOGGED_IN_S)
        assert told["bob"]["pushes"][0]["outcome"] == "delivered"
        assert told["ann"]["state"] == "sender"
        missed = recipients(at, first["messageId"], "offline")
        assert missed["bob"]["state"] == "offline"
    finally:
        await bob.close()


def recipients(at: At, message_id: str, state: str) -> dict[str, Any]:
    """What became of a message for each, once that of Bob is this."""
    report = at("where", message_id).json()
    by_user = {each["userId"]: each for each in report["recipients"]}
    return by_user if by_user.get("bob", {}).get("state") == state else {}


def test_doctor_finds_nothing_that_keeps_people_out(at: At) -> None:
    findings = at("doctor").json()["checks"]
    by_status = {
        status: {each["name"] for each in findings if each["status"] == status}
        for status in ("ok", "warn", "fail")
    }
    assert by_status["fail"] == set()
    assert {"websocket", "session", "clock", "table", "dead letters"} <= by_status["ok"]
    # What the emulator leaves out of the template, and what nobody asked for here.
    left_out = {"backups", "expiry", "concurrency"}
    assert by_status["warn"] <= left_out | {"redis secret", "alarm actions", "version"}
