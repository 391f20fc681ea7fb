"""The two kinds of `PresenceStore` answer alike, whatever happens in whatever order."""

import itertools
import math
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.adapters.redis.client import RedisClient
from parley.domain.ids import SpaceId, TenantId, UserId
from parley.domain.people import Connection, Profile
from parley.domain.presence import PresenceRules, Status
from tests.contract.redis_fixtures import (
    Caches,
    Server,
    memory_caches,
    redis_caches,
    target_of,
    with_token_until,
)

RULES = PresenceRules(max_connections=2)
USERS = ("anna", "ben:{}")
NAMES = ("c1", "c2", "c3")
SPACE = SpaceId("north")


@pytest.fixture(scope="module")
def client(valkey: Server) -> Iterator[RedisClient]:
    client = valkey.client()
    yield client
    client.close()


def unordered(answer: Any) -> Any:
    """Return an answer without the order of targets, which no port promises."""
    if isinstance(answer, list):
        return sorted(answer, key=repr)
    for name in ("targets", "ended"):
        if hasattr(answer, name):
            parts = {part: getattr(answer, part) for part in answer.__slots__}
            return {**parts, name: sorted(parts[name], key=repr)}
    return answer


def outcome(caches: Caches, tenant: TenantId) -> list[Any]:
    """Return all that can be seen of a tenant."""
    users = [UserId(user) for user in USERS]
    audience = caches.presence.audience(tenant, users)
    return [
        caches.presence.online(tenant),
        caches.presence.statuses(tenant, users),
        unordered(caches.presence.targets(tenant, users)),
        unordered(caches.presence.everyone(tenant)),
        unordered(caches.presence.in_space(tenant, SPACE)),
        unordered([each for part in caches.presence.in_parts(tenant, SPACE) for each in part]),
        [caches.presence.count_people(tenant, space) for space in (None, SPACE)],
        unordered(audience),
        caches.presence.count_online(tenant),
    ]


# --- Every order of what two connections of one user do ------------------------------------------

EVENTS = [(name, verb) for name in ("c1", "c2") for verb in ("register", "heartbeat", "close")]


def happen(caches: Caches, connection: Connection, verb: str) -> Any:
    if verb == "register":
        return caches.presence.register(connection, Status.ONLINE)
    if verb == "heartbeat":
        return caches.presence.heartbeat(connection, Status.AWAY)
    return caches.presence.close(target_of(connection))


def live_after(order: tuple[tuple[str, str], ...]) -> set[str]:
    """Say what must be left: who registered and was not closed, before or after."""
    verbs = {name: [verb for who, verb in order if who == name] for name in ("c1", "c2")}
    return {name for name, mine in verbs.items() if "register" in mine and "close" not in mine}


@pytest.mark.parametrize("count", range(1, 7))
def test_every_order_of_two_connections_of_a_user_ends_alike_and_right(
    client: RedisClient, valkey: Server, count: int
) -> None:
    for order in itertools.permutations(EVENTS, count):
        tenant = TenantId(uuid.uuid4().hex)
        kinds = (memory_caches(), redis_caches(valkey, client))
        seen = []
        for caches in kinds:
            answers = []
            for name, verb in order:
                answers.append(happen(caches, caches.connection(tenant, "anna", name), verb))
                caches.clock.advance(1)
            seen.append([*answers, *outcome(caches, tenant)])
            left = caches.presence.targets(tenant, [UserId("anna")])
            assert {target.connection_id for target in left} == live_after(order), order
        assert seen[0] == seen[1], order


# --- Anything, to anybody, at any time -----------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Something that happens after a while."""

    wait_s: float
    verb: str
    user: str
    name: str
    status: Status
    token_s: int


STEPS = st.builds(
    Step,
    wait_s=st.sampled_from([0, 0, 0.001, 0.5, 1, 2, 5, 10, 30, 90, 600, 7_800]),
    verb=st.sampled_from(
        ["register", "register", "heartbeat", "heartbeat", "close", "forget", "flush", "announce"],
    )
    | st.sampled_from(["subscribe", "missed", "rename", "bound"])
    | st.sampled_from(["sweep", "tenants_due", "note", "unnote", "lose"]),
    user=st.sampled_from(USERS),
    name=st.sampled_from(NAMES),
    status=st.sampled_from([Status.ONLINE, Status.AWAY]),
    token_s=st.sampled_from([20, 7_200]),
)


def do(caches: Caches, tenant: TenantId, step: Step) -> Any:
    caches.clock.advance(step.wait_s)
    presence, now = caches.presence, caches.clock.now().timestamp()
    made = caches.connection(tenant, step.user, f"{step.user}-{step.name}")
    connection = with_token_until(made, int(now) + step.token_s)
    # A space of some, and people to hear of that depend on the step: both kinds get the same.
    spaces = (SPACE,) if step.status is Status.AWAY else ()
    connection = replace(connection, caller=replace(connection.caller, spaces=spaces))
    people = [UserId(user) for user in USERS[: step.token_s // 100]]
    profile = Profile(tenant, UserId(step.user), step.name)
    verbs: dict[str, Callable[[], Any]] = {
        "register": lambda: presence.register(connection, step.status),
        "bound": lambda: presence.register(connection, step.status, 1),
        "heartbeat": lambda: presence.heartbeat(connection, step.status),
        "subscribe": lambda: presence.subscribe(connection, people),
        "rename": lambda: presence.rename(profile),
        "close": lambda: presence.close(target_of(connection)),
        "forget": lambda: presence.forget([target_of(connection)]),
        "flush": lambda: presence.flush(tenant),
        "announce": lambda: caches.announce(tenant),
        "missed": lambda: presence.note_missed([target_of(connection)]),
        "sweep": lambda: presence.sweep(tenant),
        "tenants_due": lambda: presence.tenants_due(3),
        "note": lambda: presence.note_tenant(tenant, step.token_s),
        "unnote": lambda: presence.note_tenant(tenant, None),
        "lose": caches.lose_everything,
    }
    answer = verbs[step.verb]()
    return None if step.verb == "lose" else unordered(answer)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=5, max_size=40))
def test_memory_and_valkey_give_the_same_answers_to_the_same_steps(
    client: RedisClient, valkey: Server, steps: list[Step]
) -> None:
    tenant = TenantId(uuid.uuid4().hex)
    model, real = memory_caches(RULES), redis_caches(valkey, client, RULES)
    for number, step in enumerate(steps):
        expected, actual = do(model, tenant, step), do(real, tenant, step)
        assert actual == expected, (number, step)
        assert outcome(real, tenant) == outcome(model, tenant), (number, step)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=30))
def test_whatever_happened_the_sweeps_end_all_ghosts_and_announce_it(
    client: RedisClient, valkey: Server, steps: list[Step]
) -> None:
    for caches in (memory_caches(RULES), redis_caches(valkey, client, RULES)):
        tenant, told = TenantId(uuid.uuid4().hex), {}
        for step in steps:
            answer = do(caches, tenant, step)
            if step.verb in {"flush", "announce"}:
                told.update({seen.user_id: seen.status for seen in answer["changes"]})
            if step.verb == "lose":
                told.clear()
        caches.clock.advance(90)
        caches.presence.sweep(tenant)
        caches.clock.advance(5)
        told.update({one.user_id: one.status for one in caches.announce(tenant).changes})
        assert caches.presence.online(tenant) == []
        assert set(told.values()) <= {Status.OFFLINE}
        caches.clock.advance(8_000)
        assert caches.presence.sweep(tenant).look_in_s is None


# --- A scheduler that does what it is asked, late by up to a second ------------------------------

CHANGES = st.builds(
    Step,
    wait_s=st.sampled_from([0, 0.001, 0.1, 0.5, 1.3, 2, 4]),
    verb=st.sampled_from(["register", "heartbeat", "close"]),
    user=st.sampled_from(USERS),
    name=st.sampled_from(NAMES),
    status=st.sampled_from([Status.ONLINE, Status.AWAY]),
    token_s=st.just(7_200),
)


class Scheduler:
    """Flushes when a result asks for it, as the queue does: after whole seconds."""

    def __init__(self, caches: Caches, tenant: TenantId) -> None:
        self.told: dict[str, list[tuple[float, Status]]] = {}
        self._caches = caches
        self._tenant = tenant
        self._asked: list[float] = []

    def ask(self, flush_in_s: float | None) -> None:
        if flush_in_s is not None:
            self._asked.append(self._now() + math.ceil(flush_in_s))
        self.run_until(self._now())

    def run_until(self, end: float) -> None:
        while self._asked and min(self._asked) <= end:
            due = min(self._asked)
            self._asked.remove(due)
            self._caches.clock.advance(max(0, due - self._now()))
            flush = self._caches.announce(self._tenant)
            for seen in flush.changes:
                self.told.setdefault(seen.user_id, []).append((self._now(), seen.status))
            if flush.flush_in_s is not None:
                self._asked.append(self._now() + math.ceil(flush.flush_in_s))
        self._caches.clock.advance(max(0, end - self._now()))

    def _now(self) -> float:
        return self._caches.clock.now().timestamp()


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(CHANGES, max_size=30))
def test_the_flushes_that_are_asked_for_announce_everything(
    client: RedisClient, valkey: Server, steps: list[Step]
) -> None:
    for caches in (memory_caches(RULES), redis_caches(valkey, client, RULES)):
        tenant = TenantId(uuid.uuid4().hex)
        scheduler = Scheduler(caches, tenant)
        for step in steps:
            scheduler.run_until(caches.clock.now().timestamp() + step.wait_s)
            answer = do(caches, tenant, replace(step, wait_s=0))
            scheduler.ask(answer if step.verb == "close" else answer.flush_in_s)
        scheduler.run_until(caches.clock.now().timestamp() + 30)
        shown = caches.presence.statuses(tenant, [UserId(user) for user in USERS])
        for user, seen in shown.items():
            told = scheduler.told.get(user, [])
            assert seen.status is (told[-1][1] if told else Status.OFFLINE)
            times = [at for at, _ in told]
            assert all(b - a >= 2 for a, b in itertools.pairwise(times)), told
