"""The execution environments of one function: warm ones, on demand up to a cap, then a queue."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from gateway.invocation import Environment, IntegrationTimedOutError, InvocationError
from gateway.tasks import TaskGroup

logger = logging.getLogger("gateway.pool")


class FunctionPool:
    """Invokes one function.

    Environments are handed out last in, first out, which keeps the fewest of them busy; callers
    that find none wait in a queue, first come, first served.
    """

    def __init__(
        self, name: str, launch: Callable[[], Awaitable[Environment]], concurrency: int
    ) -> None:
        """Begin cold.

        Args:
            name: The function's logical id, for logs.
            launch: Starts an environment.
            concurrency: Most environments at a time.
        """
        self.name = name
        self.concurrency = concurrency
        self.invocations = 0
        self.errors = 0
        self._launch = launch
        self._starting = 0
        self._environments: set[Environment] = set()
        self._idle: list[Environment] = []
        self._frozen: set[Environment] = set()
        self._waiting: deque[asyncio.Future[Environment]] = deque()
        self._tasks = TaskGroup()
        self._closed = False

    @property
    def alive(self) -> int:
        """Number of environments that can serve."""
        return sum(environment.is_alive for environment in self._environments)

    @property
    def waiting(self) -> int:
        """Number of invocations that no environment has taken yet."""
        return sum(not waiter.done() for waiter in self._waiting)

    async def warm(self, count: int) -> None:
        """Start environments ahead of the first invocation.

        Raises:
            InvocationError: When one cannot start.
        """
        wanted = max(0, min(count, self.concurrency) - len(self._environments) - self._starting)
        self._starting += wanted
        started = await asyncio.gather(
            *(self._start() for _ in range(wanted)), return_exceptions=True
        )
        failures = [failure for failure in started if isinstance(failure, BaseException)]
        if failures:
            raise failures[0]

    async def invoke(self, event: Any) -> Any:
        """Invoke the function and wait until it ends, its own timeout being the only limit.

        Raises:
            InvocationError: When there is no result.
        """
        self.invocations += 1
        with self._counted():
            environment = await self._acquire()
        return await self._serve(environment, event)

    async def call(self, event: Any, wait_s: float) -> Any:
        """Invoke the function on behalf of an API, which waits `wait_s` at most.

        Who waited in vain for an environment is not served later: serving those whom nobody waits
        for any more would keep a queue that was too long once too long for ever.

        Raises:
            IntegrationTimedOutError: When it took longer; a function that began runs on.
            InvocationError: When there is no result.
        """
        self.invocations += 1
        loop = asyncio.get_running_loop()
        ends_at_s = loop.time() + wait_s
        with self._counted():
            try:
                async with asyncio.timeout_at(ends_at_s):
                    environment = await self._acquire()
            except TimeoutError:
                raise IntegrationTimedOutError(f"no environment within {wait_s} s") from None
        task = self._tasks.start(self._guarded(environment, event))
        done, _ = await asyncio.wait((task,), timeout=max(0.0, ends_at_s - loop.time()))
        if not done:
            self.errors += 1
            raise IntegrationTimedOutError(f"no answer within {wait_s} s")
        result, error = task.result()
        if error is not None:
            raise error
        return result

    async def _guarded(
        self, environment: Environment, event: Any
    ) -> tuple[Any, InvocationError | None]:
        # An error of a task that nobody waits for any more is logged by `_serve` already.
        try:
            return await self._serve(environment, event), None
        except InvocationError as exc:
            return None, exc

    async def _serve(self, environment: Environment, event: Any) -> Any:
        with self._counted():
            try:
                return await environment.invoke(event, str(uuid4()))
            finally:
                self._release(environment)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except InvocationError as exc:
            self.errors += 1
            logger.warning("%s: %s", self.name, exc)
            raise

    async def _acquire(self) -> Environment:
        while self._idle:
            environment = self._idle.pop()
            if environment.is_alive:
                return environment
            self._discard(environment)
        waiter: asyncio.Future[Environment] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._grow()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._release(waiter.result())
            raise

    def _grow(self) -> None:
        if self._closed:
            return
        room = self.concurrency - len(self._environments) - self._starting
        wanted = self.waiting - self._starting
        for _ in range(min(room, wanted)):
            self._starting += 1
            self._tasks.start(self._start_for_waiter())

    async def _start_for_waiter(self) -> None:
        try:
            await self._start()
        except InvocationError as exc:
            waiter = self._next_waiter()
            if waiter is not None:
                waiter.set_exception(exc)
            self._grow()

    async def _start(self) -> None:
        try:
            environment = await self._launch()
        finally:
            self._starting -= 1
        self._environments.add(environment)
        self._release(environment)

    def _release(self, environment: Environment) -> None:
        if not environment.is_alive or self._closed:
            self._discard(environment)
            self._grow()
            return
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(environment)
        else:
            self._idle.append(environment)

    def _next_waiter(self) -> asyncio.Future[Environment] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None

    def _discard(self, environment: Environment) -> None:
        self._environments.discard(environment)
        self._tasks.start(environment.close())

    def freeze(self, seconds: float, count: int) -> int:
        """Freeze the idle environments that are next in turn, for so long. Returns how many."""
        victims = [environment for environment in self._idle if environment.is_alive][-count:]
        for environment in victims:
            self._idle.remove(environment)
            self._frozen.add(environment)
            environment.freeze()
            asyncio.get_running_loop().call_later(seconds, self._thaw, environment)
        return len(victims)

    def thaw_all(self) -> None:
        """Let all frozen environments take part again."""
        for environment in list(self._frozen):
            self._thaw(environment)

    def _thaw(self, environment: Environment) -> None:
        if environment in self._frozen:
            self._frozen.discard(environment)
            environment.thaw()
            self._release(environment)

    def kill_all(self) -> int:
        """SIGKILL every environment, busy or idle; what they were doing fails. Returns how many."""
        victims = list(self._environments)
        for environment in victims:
            environment.kill()
        for environment in self._idle:
            self._discard(environment)
        self._idle.clear()
        return len(victims)

    async def close(self) -> None:
        """End all environments; what they are doing fails."""
        self._closed = True
        # One that is frozen could not end by itself.
        for environment in self._frozen:
            environment.thaw()
        self._frozen.clear()
        for waiter in self._waiting:
            waiter.cancel()
        environments = list(self._environments)
        self._environments.clear()
        self._idle.clear()
        await asyncio.gather(*(environment.close() for environment in environments))
        await self._tasks.settle(1.0)
