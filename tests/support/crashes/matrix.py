"""Every operation × every boundary × what becomes of Redis × asked again or not."""

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from parley.errors import ParleyError
from tests.support.crashes import checks
from tests.support.crashes.boundaries import boundaries
from tests.support.crashes.comparison import difference, plain_reply, stored
from tests.support.crashes.operations import OPERATIONS, Operation
from tests.support.crashes.process import Killed, Point
from tests.support.crashes.scene import Scene
from tests.support.crashes.snapshot import Snapshot
from tests.support.crashes.world import Stores
from tests.support.devices import Json

Redis = Literal["ok", "flushed", "down"]
MODES: tuple[Redis, ...] = ("ok", "flushed", "down")
TRY_AGAIN = ("UNAVAILABLE", "INTERNAL_ERROR")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation may be killed: between two effects.

    Attributes:
        names: The boundaries there: the end of one method, and the beginning of the next.
    """

    point: Point
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One killing.

    Attributes:
        redis: Whether it is lost right after, or away from before until later.
        is_retried: Whether who asked asks again.
    """

    operation: Operation
    place: Place
    redis: Redis
    is_retried: bool

    @property
    def name(self) -> str:
        """Return it as a line of the report."""
        again = "asked again" if self.is_retried else "left"
        point = f"{self.place.point.name} {self.place.point.nth}"
        return f"{self.operation.name} | {point} | Redis {self.redis} | {again}"


class Failed(AssertionError):
    """Raised where a cell ended wrong."""


@dataclass
class Prepared:
    """A scene that stands ready, for all operations that begin alike."""

    scene: Scene
    snapshot: Snapshot

    @cached_property
    def untouched(self) -> dict[str, Any]:
        """Return what is stored in the end where nothing was asked for."""
        self.snapshot.put_back()
        checks.settle(self.scene)
        return stored(self.scene)


@dataclass
class Row:
    """One operation, and what it passes where nobody is killed.

    Attributes:
        places: By whether Redis answers.
    """

    operation: Operation
    prepared: Prepared
    places: dict[bool, list[Place]]

    @classmethod
    def of(cls, operation: Operation, prepared: Prepared) -> "Row":
        """Carry the operation out in peace, with Redis and without."""
        places: dict[bool, list[Place]] = {}
        for has_redis in (True, False):
            prepared.snapshot.put_back()
            process = prepared.scene.world.restart(without_redis=not has_redis)
            reply = _try(operation, prepared.scene)
            assert reply is not None
            assert reply["ok"] or not has_redis, (operation.name, reply)
            places[has_redis] = _places(process.passed)
        return cls(operation, prepared, places)

    @cached_property
    def in_peace(self) -> tuple[Any, dict[str, Any]]:
        """Return the reply, and what is stored in the end, where nobody is killed."""
        self.prepared.snapshot.put_back()
        reply = _try(self.operation, self.prepared.scene)
        assert reply is not None
        checks.settle(self.prepared.scene)
        return plain_reply(reply), stored(self.prepared.scene)

    def cells(self) -> Iterator[Cell]:
        """Yield every cell of the row."""
        for redis in MODES:
            for place in self.places[redis != "down"]:
                for is_retried in (True,) if self.operation.is_repeated else (False, True):
                    yield Cell(self.operation, place, redis, is_retried)

    def run(self, cell: Cell) -> None:
        """Carry out a cell; raises `Failed`."""
        expected = self.in_peace
        untouched = self.prepared.untouched
        self.prepared.snapshot.put_back()
        try:
            reply = self._killed(cell)
            checks.settle(self.prepared.scene)
            self._compare(reply, expected, untouched)
            checks.check(self.prepared.scene)
        except AssertionError as exc:
            raise Failed(f"{cell.name}: {exc}") from exc

    def _killed(self, cell: Cell) -> Json | None:
        """Kill the function there; return what who asks again is told, if anybody does."""
        world = self.prepared.scene.world
        process = world.restart(cell.place.point, without_redis=cell.redis == "down")
        reply = _try(self.operation, self.prepared.scene)
        assert process.is_dead, "the point was not reached"
        assert reply is None
        if cell.redis == "flushed":
            world.flush_redis()
        return self._again(cell) if cell.is_retried else None

    def _again(self, cell: Cell) -> Json:
        """Ask again as clients do: at once, and after Redis is back where it takes that."""
        self.prepared.scene.world.restart(without_redis=cell.redis == "down")
        reply = _try(self.operation, self.prepared.scene)
        if reply is None or (not reply["ok"] and reply["error"] in TRY_AGAIN):
            self.prepared.scene.world.restart()
            reply = _try(self.operation, self.prepared.scene)
        assert reply is not None
        return reply

    def _compare(
        self, reply: Json | None, expected: tuple[Any, dict[str, Any]], untouched: dict[str, Any]
    ) -> None:
        found, operation = stored(self.prepared.scene), self.operation
        said, done = expected
        if reply is None:
            ends = [difference(found, end) for end in (done, untouched)]
            assert operation.in_parts or [] in ends, f"half of it is done: {ends}"
            return
        if reply["ok"]:
            told = plain_reply(reply)
            if operation.in_parts:
                # A system message names whom the last part added.
                told, said = ({**each, "lastMessage": None} for each in (told, said))
            assert told == said, f"{told} is not {said}"
        else:
            assert reply["error"] in operation.again, reply
        if not operation.in_parts:
            assert found == done, difference(found, done)


def _try(operation: Operation, scene: Scene) -> Json | None:
    """Carry the operation out; None where it was killed."""
    try:
        return operation.act(scene)
    except Killed:
        return None
    except ParleyError as exc:
        # What Lambda repeats raises; who asked for the rest is told by `edge`.
        return {"ok": False, "error": exc.code.value}


class Matrix:
    """All rows, over scenes that those that begin alike share."""

    def __init__(self, stores: Stores, operations: Sequence[Operation] = OPERATIONS) -> None:
        """Set the scenes, and carry everything out in peace."""
        self._stores = stores
        self._prepared: dict[Any, Prepared] = {}
        self.rows = [Row.of(each, self._scene_for(each)) for each in operations]

    def _scene_for(self, operation: Operation) -> Prepared:
        key = operation.prepare, tuple(operation.settings.items())
        if key not in self._prepared:
            name = f"crashes-{os.getpid()}-{len(self._prepared)}"
            scene = Scene(self._stores, name, operation.settings)
            operation.prepare(scene)
            self._prepared[key] = Prepared(scene, Snapshot(scene))
        return self._prepared[key]

    def close(self) -> None:
        """End the connections."""
        for prepared in self._prepared.values():
            prepared.snapshot.close()

    @property
    def cells(self) -> list[tuple[Row, Cell]]:
        """Return every cell."""
        return [(row, cell) for row in self.rows for cell in row.cells()]

    def uncrossed(self) -> set[str]:
        """Return the boundaries that no cell is at."""
        return boundaries() - {name for _, cell in self.cells for name in cell.place.names}

    def sample(self, count: int, seed: int) -> list[tuple[Row, Cell]]:
        """Return so many cells, or a few more: one at least at each boundary; always the same."""
        cells = self.cells
        random.Random(seed).shuffle(cells)  # noqa: S311 - a choice, not a secret
        # With Redis there first: what goes wrong then is easiest to understand.
        cells.sort(key=lambda each: each[1].redis != "ok")
        missing = boundaries() - self.uncrossed()
        chosen: list[tuple[Row, Cell]] = []
        for is_choosy in (True, False):
            for row, cell in cells:
                fresh = missing.intersection(cell.place.names)
                if len(fresh) == 2 or (fresh and not is_choosy):
                    chosen.append((row, cell))
                    missing -= fresh
        others = [each for each in cells if each not in chosen]
        random.Random(seed).shuffle(others)  # noqa: S311
        return chosen + others[: max(0, count - len(chosen))]


def _places(passed: Sequence[str]) -> list[Place]:
    """Return the places between effects, from what an operation passed in peace."""
    places: list[Place] = []
    times: dict[str, int] = {}
    for number, name in enumerate(passed):
        times[name] = times.get(name, 0) + 1
        following = passed[number + 1] if number + 1 < len(passed) else ""
        is_inside = "/" in name
        if name.endswith(":before") and number > 0:
            continue
        if is_inside and following.endswith(":after"):
            # Nothing happens between the last request of a method and its end.
            continue
        names = [each for each in (name, following) if each.endswith((":before", ":after"))]
        places.append(Place(Point(name, times[name]), tuple(names)))
    return places
