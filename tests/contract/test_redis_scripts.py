"""The scripts and keys of the Redis adapters: all of them run, end, and touch what they say."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from parley.adapters.redis import scripts
from parley.adapters.redis.client import RedisClient
from parley.adapters.redis.keyspace import Keyspace
from parley.domain.ids import MANAGE_TENANT, SpaceId, TenantId
from parley.domain.messages import Head
from parley.domain.people import Profile
from parley.domain.presence import Status
from parley.ports import Flush, RateLimit, Turn
from tests.contract.redis_fixtures import Caches, Server, redis_caches, target_of
from tests.contract.test_room_cache import ANNA, BEN, OTHER, ROOM, message_of, roster_of

# Every kind of key that there is. What becomes of one when it grows is for its script to say.
KINDS = {
    *("conns", "online", "people", "seen", "announced", "pending", "flush", "gone", "subs"),
    *("taken", "spaces", "roster", "head", "turn", "rate", "log", "rooms", "rcpt", "tenants"),
}
MANY = RateLimit("message", ((1_000, 10),))


def everything(caches: Caches, tenant: TenantId) -> list[Callable[[], Any]]:
    """Return a call of every method of both ports."""
    rooms, presence = caches.rooms, caches.presence
    one, other = (caches.connection(tenant, "anna", name) for name in ("c1", "c2"))
    boss = caches.connection(MANAGE_TENANT, "@manage/boss", "c9")
    resident = replace(one, caller=replace(one.caller, spaces=(SpaceId("s"),)))
    now = caches.clock.now().timestamp()
    return [
        lambda: presence.register(resident, Status.ONLINE),
        lambda: presence.register(other, Status.AWAY),
        lambda: presence.heartbeat(one, Status.ONLINE),
        lambda: presence.subscribe(one, [ANNA, BEN]),
        lambda: presence.subscribe(other, []),
        lambda: rooms.put_roster(roster_of(tenant, "anna", "ben")),
        lambda: rooms.raise_heads(tenant, {ROOM: Head(1, message_of(1)), OTHER: Head(0)}),
        lambda: rooms.probe(tenant, one, ROOM, MANY, take_turn=True),
        lambda: rooms.probe(tenant, boss, ROOM, MANY, take_turn=True),
        lambda: rooms.allow(one, MANY),
        lambda: rooms.progress(tenant, ROOM),
        lambda: rooms.end_turn(tenant, ROOM, Turn(1, 0, 0.01), Head(2, message_of(2)), 0.01),
        lambda: rooms.heads(tenant, [ROOM, OTHER]),
        lambda: rooms.roster(tenant, ROOM),
        lambda: rooms.drop_roster(tenant, ROOM, 2),
        lambda: rooms.epoch(tenant),
        lambda: rooms.log_changes(tenant, [ROOM]),
        lambda: rooms.add_rooms(tenant, ANNA, [ROOM], complete=True),
        lambda: rooms.changed_since(tenant, ANNA, now - 10),
        lambda: rooms.may_push_receipt(tenant, ROOM, ANNA),
        lambda: presence.flush(tenant),
        lambda: presence.confirm(tenant, Flush((), ())),
        lambda: presence.note_missed([target_of(one)]),
        lambda: presence.online(tenant),
        lambda: presence.statuses(tenant, [ANNA]),
        lambda: presence.targets(tenant, [ANNA]),
        lambda: presence.everyone(tenant),
        lambda: presence.in_space(tenant, SpaceId("s")),
        lambda: presence.count_people(tenant, None),
        lambda: list(presence.in_parts(tenant, SpaceId("s"))),
        lambda: presence.audience(tenant, [ANNA, BEN]),
        lambda: presence.count_online(tenant),
        lambda: presence.rename(Profile(tenant, ANNA, "Anna A.")),
        lambda: presence.note_tenant(tenant, 90),
        lambda: presence.tenants_due(10),
        lambda: presence.tenants(),
        lambda: presence.close(target_of(one)),
        lambda: presence.forget([target_of(other)]),
        lambda: presence.sweep(tenant),
        lambda: caches.announce(tenant),
    ]


class Recorder(RedisClient):
    """Notes which scripts were run, with which keys."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.url, cluster=server.cluster, timeout_s=20)
        self.calls: list[tuple[str, list[str]]] = []

    @override
    def run(self, name: str, keys: Any, args: Any = (), *, repeatable: bool = False) -> Any:
        self.calls.append((name, list(keys)))
        return super().run(name, keys, args, repeatable=repeatable)


@pytest.fixture(params=["valkey", "valkey_cluster"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def recorder(server: Server) -> Iterator[Recorder]:
    recorder = Recorder(server)
    yield recorder
    recorder.close()


# --- Scripts ------------------------------------------------------------------------------------


@pytest.mark.scenario("R6")
def test_every_script_runs_though_the_server_forgot_it(
    server: Server, recorder: Recorder, tenant: TenantId
) -> None:
    with server.admin() as admin:
        for call in everything(redis_caches(server, recorder), tenant):
            admin.script_flush()
            call()
            call()
    assert {name for name, _ in recorder.calls} == set(scripts.names())


def test_a_connection_that_broke_while_idle_is_not_noticed(
    server: Server, recorder: Recorder, tenant: TenantId
) -> None:
    with server.admin() as admin:
        for call in everything(redis_caches(server, recorder), tenant):
            call()
            admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")


@pytest.mark.scenario("R13")
def test_every_key_has_an_end(server: Server, recorder: Recorder, tenant: TenantId) -> None:
    caches, kinds = redis_caches(server, recorder), set[str]()
    with server.admin() as admin:
        for call in everything(caches, tenant):
            call()
            ends = {key: admin.ttl(key) for key in admin.scan_iter(match=f"{caches.prefix}:*")}
            assert min(ends.values()) > 0, ends
            assert max(ends.values()) <= 7 * 86_400, ends
            kinds |= {key.partition("}:")[2].partition(":")[0] for key in ends}
    assert kinds == KINDS


def test_nothing_is_kept_of_who_left_but_when_and_who_that_was(
    server: Server, recorder: Recorder, tenant: TenantId
) -> None:
    caches = redis_caches(server, recorder)
    connection = caches.connection(tenant, "anna", "c1")
    caches.presence.register(connection, Status.ONLINE)
    caches.presence.subscribe(connection, [ANNA, BEN])
    caches.announce(tenant)
    caches.presence.close(target_of(connection))
    for _ in range(2):
        caches.clock.advance(5)
        caches.announce(tenant)
    caches.presence.sweep(tenant)
    with server.admin() as admin:
        left = {key.rpartition(":")[2] for key in admin.scan_iter(match=f"{caches.prefix}:*")}
    assert left == {"people", "seen", "flush", "gone"}


def test_scripts_touch_only_the_keys_that_they_name() -> None:
    calls = re.compile(r"redis\.call\('(\w+)'(?:, ([^,)]+))?|(?:chunked\('\w+'|put\(()), ([^,)]+)")
    named = re.compile(r"KEYS\[\w+\]|key|log|[A-Z]+|command")
    for path in Path(scripts.__file__).with_name("scripts").glob("*.lua"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(KEYS\[\w+\]|\bkey|\b[A-Z]{4,}) \.\.|\.\. (KEYS|key\b)", text), path
        for command, key, _, other in calls.findall(text):
            assert command == "TIME" or named.fullmatch(key or other), (path.name, command, key)


@pytest.mark.parametrize("name", scripts.names())
def test_a_script_begins_with_its_keys_and_arguments(name: str) -> None:
    path = Path(scripts.__file__).with_name("scripts") / f"{name}.lua"
    comment = path.read_text(encoding="utf-8").partition("\n\n")[0]
    assert "KEYS" in comment
    assert "ARGV" in comment


# --- Keys ---------------------------------------------------------------------------------------

HOSTILE = st.one_of(
    st.text("{}:%#tsy37BD\u20ac", min_size=1, max_size=6),
    st.text(min_size=1, max_size=8),
    st.just("😀" * 128),
    st.sampled_from(["{sys}:tenants", "t:a}", "a}:conns", "%7D", "}", "{}", ":"]),
)
NAMES = st.lists(HOSTILE, min_size=1, max_size=3)


@given(one=st.tuples(HOSTILE, NAMES), other=st.tuples(HOSTILE, NAMES))
def test_no_two_names_share_a_key(one: Any, other: Any) -> None:
    keys = Keyspace("parley")
    made = [keys.of(TenantId(tenant), *names) for tenant, names in (one, other)]
    assert (made[0] == made[1]) == (one == other)
    assert keys.tenants not in made


@given(tenant=HOSTILE, names=NAMES)
def test_all_keys_of_a_tenant_are_in_its_slot(tenant: str, names: list[str]) -> None:
    key = Keyspace("parley").of(TenantId(tenant), *names)
    tag = Keyspace("parley").of(TenantId(tenant), "conns").partition("{")[2].partition("}")[0]
    assert key.partition("{")[2].partition("}")[0] == tag != ""
