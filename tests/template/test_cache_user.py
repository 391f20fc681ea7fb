"""The user of the cache may run what the adapters run, and nothing that harms a server."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from local.servers import valkey
from tests.support.valkeys import admin_of
from tests.template.conftest import ROOT

REDIS = ROOT / "layers" / "core" / "parley" / "adapters" / "redis"
# What redis-py itself sends, to one server or to a cluster, and how scripts are called.
OF_THE_CLIENT = {
    *("auth", "hello", "ping", "evalsha", "eval", "script|load", "client|setinfo", "asking"),
    *("cluster|slots", "cluster|shards", "cluster|nodes", "command", "readonly", "info"),
}
# Nobody's business here: they lose all data, or reach what is not a cache.
FORBIDDEN = {
    *("flushall", "flushdb", "keys", "shutdown", "config|set", "debug", "replicaof", "migrate"),
    *("acl|setuser", "monitor", "save", "swapdb", "module|load"),
}


def commands_of_scripts() -> set[str]:
    text = "".join(path.read_text() for path in Path(REDIS / "scripts").glob("*.lua"))
    return {name.lower() for name in re.findall(r"redis\.p?call\(\s*['\"](\w+)", text)}


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with valkey() as url, admin_of(url, cluster=False) as admin:
        yield admin


@pytest.fixture(scope="module")
def allowed(written: Any, server: Any) -> set[str]:
    """Every command that the template's rules allow, as the server itself sees it."""
    rules = written["Resources"]["CacheUser"]["Properties"]["AccessString"]
    server.execute_command("ACL", "SETUSER", "parley", "reset", *rules.split(), ">secret")
    found = set()
    for name in sorted({*OF_THE_CLIENT, *FORBIDDEN, *commands_of_scripts()}):
        # Too few arguments is no refusal, so a command is tried with more and more of them.
        for length in range(8):
            try:
                words = [*name.split("|"), *(["1"] * length)]
                answer = server.execute_command("ACL", "DRYRUN", "parley", *words)
            except redis.ResponseError as error:
                assert "arguments" in str(error) or "not found" in str(error), error
                continue
            if answer == "OK":
                found.add(name)
            break
    return found


def test_all_that_the_adapters_run_is_allowed(allowed: set[str]) -> None:
    used = commands_of_scripts()
    assert len(used) > 15
    assert used | OF_THE_CLIENT <= allowed


def test_what_would_harm_is_not(allowed: set[str]) -> None:
    assert not allowed & FORBIDDEN
