"""Every order in which concurrent handlers can reach a store, whose calls are atomic steps."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast

A = TypeVar("A")
Handler = Callable[[], object]
PATIENCE_S = 60


class Gate:
    """Lets the calls of concurrent handlers pass one by one, in the order of a plan.

    Attributes:
        taken: Which handler went at each step, and which ones could have.
    """

    def __init__(self, plan: Sequence[int] = ()) -> None:
        """Follow a plan as far as it goes, and then let the first handler that waits go."""
        self.taken: list[tuple[int, list[int]]] = []
        self._plan = plan
        self._changed = threading.Condition()
        self._waiting: set[int] = set()
        self._running: set[int] = set()
        self._numbers: dict[int, int] = {}
        self._failures: list[BaseException] = []

    def wrap(self, adapter: A) -> A:
        """Make every call of an adapter one step; calls of nobody's handler just pass."""
        return cast("A", _Gated(adapter, self))

    def run(self, handlers: Sequence[Handler]) -> None:
        """Run handlers at once, step by step, until all have ended."""
        threads = [
            threading.Thread(target=self._handle, args=(number, handler), daemon=True)
            for number, handler in enumerate(handlers)
        ]
        self._running = set(range(len(handlers)))
        for thread in threads:
            thread.start()
        while self._let_one_go():
            pass
        for thread in threads:
            thread.join(PATIENCE_S)
        if self._failures:
            raise self._failures[0]

    def wait_for_turn(self) -> None:
        """Wait until it is the calling handler's turn."""
        number = self._numbers.get(threading.get_ident())
        if number is None:
            return
        with self._changed:
            self._waiting.add(number)
            self._running.discard(number)
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: number in self._running, PATIENCE_S)

    def _handle(self, number: int, handler: Handler) -> None:
        self._numbers[threading.get_ident()] = number
        try:
            handler()
        except BaseException as exc:
            self._failures.append(exc)
        finally:
            with self._changed:
                self._running.discard(number)
                self._changed.notify_all()

    def _let_one_go(self) -> bool:
        with self._changed:
            assert self._changed.wait_for(lambda: not self._running, PATIENCE_S)
            options = sorted(self._waiting)
            if not options:
                return False
            step = len(self.taken)
            chosen = self._plan[step] if step < len(self._plan) else options[0]
            self.taken.append((chosen, options))
            self._waiting.discard(chosen)
            self._running.add(chosen)
            self._changed.notify_all()
            return True


def every_order() -> Iterator[Gate]:
    """Yield a gate for each order of the steps; each must have been used before the next."""
    plan: list[int] | None = []
    while plan is not None:
        gate = Gate(plan)
        yield gate
        plan = _next_plan(gate.taken)


def _next_plan(taken: list[tuple[int, list[int]]]) -> list[int] | None:
    while taken and taken[-1][0] == taken[-1][1][-1]:
        taken.pop()
    if not taken:
        return None
    chosen, options = taken.pop()
    return [earlier for earlier, _ in taken] + [options[options.index(chosen) + 1]]


class _Gated:
    """An adapter whose calls are steps."""

    def __init__(self, adapter: object, gate: Gate) -> None:
        self._adapter = adapter
        self._gate = gate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapter, name)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._gate.wait_for_turn()
            return found(*args, **kwargs)

        return call
