"""The Valkey that tests run on: one server, or a cluster of three with TEST_CLUSTER=1."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from local.servers import valkey
from tests.support.faults.valkey_cluster import ValkeyCluster

IS_CLUSTER = os.environ.get("TEST_CLUSTER") == "1"
# What functions must be told besides the address.
SETTINGS = {"PARLEY_REDIS_CLUSTER": "true"} if IS_CLUSTER else {}


@contextmanager
def some_valkey() -> Iterator[str]:
    """Run it, empty, until the end of the block; gives its address."""
    if IS_CLUSTER:
        with ValkeyCluster() as cluster:
            yield cluster.url
    else:
        with valkey() as url:
            yield url


def admin_of(url: str, *, cluster: bool = IS_CLUSTER, decode: bool = True) -> Any:
    """Return a client that may do what Parley never does, on every server of a cluster."""
    never = Retry(NoBackoff(), 0)
    kind = redis.RedisCluster if cluster else redis.Redis
    return kind.from_url(url, decode_responses=decode, protocol=2, retry=never)


def lose_everything(url: str, *, cluster: bool = IS_CLUSTER) -> None:
    """Forget all data and scripts, as a restarted server has."""
    with admin_of(url, cluster=cluster) as admin:
        admin.flushall()
        admin.script_flush()
