"""A scene as it stood, to begin from again and again: setting it anew takes a quarter second."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from parley.adapters.dynamodb.layout import Key
from parley.adapters.dynamodb.table import attributes_of, in_chunks
from tests.support.crashes.people import Person
from tests.support.crashes.scene import Scene
from tests.support.crashes.stream import Images
from tests.support.real_app import TABLE
from tests.support.valkeys import admin_of

WRITES_A_REQUEST = 25
# What a device has; the rest of it leads back to the world.
DEVICE = ("rooms", "me", "here", "epoch", "_strays")
PERSON = ("connection", "present", "_heard")


@dataclass(frozen=True)
class _Keys:
    """All of Redis: each key with its time to live and value, as DUMP has it."""

    found: list[tuple[bytes, int, bytes]]

    @classmethod
    def of(cls, url: str) -> "_Keys":
        with admin_of(url, decode=False) as admin:
            keys = list(admin.scan_iter())
            return cls([(key, max(0, admin.pttl(key)), admin.dump(key)) for key in keys])

    def put_back(self, admin: Any) -> None:
        admin.flushall()
        pipeline = admin.pipeline(transaction=False)
        for key, ttl_ms, value in self.found:
            pipeline.restore(key, ttl_ms, value)
        pipeline.execute()


class Snapshot:
    """All of a scene: stores, queues, and what people and their devices have."""

    def __init__(self, scene: Scene) -> None:
        """Remember the scene as it stands now."""
        self._scene = scene
        world = scene.world
        world.stream.look()
        self._redis = _Keys.of(world.stores.redis_url)
        self._admin = admin_of(world.stores.redis_url, decode=False)
        self._images: Images = copy.deepcopy(world.stream.images)
        self._state = copy.deepcopy(_state(scene))

    def put_back(self) -> None:
        """Let the scene stand as it did."""
        world = self._scene.world
        world.restart()
        world.stream.look()
        for chunk in in_chunks(list(self._writes()), WRITES_A_REQUEST):
            world.stores.dynamodb.batch_write_item(RequestItems={TABLE: list(chunk)})
        world.stream.images = copy.deepcopy(self._images)
        self._redis.put_back(self._admin)
        for owner, values in zip(_owners(self._scene), copy.deepcopy(self._state), strict=True):
            for name, value in values.items():
                setattr(owner, name, value)

    def close(self) -> None:
        """End the connection."""
        self._admin.close()

    def _writes(self) -> Iterator[dict[str, Any]]:
        for pk, now in self._scene.world.stream.images.items():
            then = self._images.get(pk, {})
            for sk in now.keys() - then.keys():
                yield {"DeleteRequest": {"Key": attributes_of(Key(pk, sk))}}
            for sk, item in then.items():
                if now.get(sk) != item:
                    yield {"PutRequest": {"Item": item}}


def _owners(scene: Scene) -> list[Any]:
    """Return what changes as things happen."""
    out = scene.world.out
    mine = [scene, scene.world.stream, out.clock, out.push, out.queue, out.fanout]
    return [*mine, *scene.people, *(person.device for person in scene.people)]


def _state(scene: Scene) -> list[dict[str, Any]]:
    return [{name: getattr(owner, name) for name in _names(owner)} for owner in _owners(scene)]


def _names(owner: object) -> tuple[str, ...]:
    names: dict[str, tuple[str, ...]] = {
        "Scene": ("names", "records"),
        "TableStream": ("due",),
        "MemoryClock": ("time", "elapsed_s"),
        "MemoryPush": ("sent", "closed", "_answers", "_always"),
        "MemoryFlushQueue": ("asked",),
        "MemoryFanoutQueue": ("asked",),
        Person.__name__: PERSON,
        "Device": DEVICE,
    }
    return names[type(owner).__name__]
