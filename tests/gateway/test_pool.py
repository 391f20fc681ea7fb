"""Execution environments: how many there are, who gets one, what happens when one ends."""

import asyncio
from typing import Any

import pytest

from gateway.invocation import (
    EnvironmentCrashedError,
    InitFailedError,
    IntegrationTimedOutError,
)
from gateway.pool import FunctionPool


class FakeEnvironment:
    """Answers an event with itself once told to."""

    def __init__(self) -> None:
        self.is_alive = True
        self.is_closed = False
        self.is_frozen = False
        self.serving: list[Any] = []
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def invoke(self, event: Any, request_id: str) -> Any:
        assert not self.serving, "one invocation at a time"
        self.serving.append(event)
        try:
            await self.answer
        finally:
            self.serving.clear()
            self.answer = asyncio.get_running_loop().create_future()
        return event

    def finish(self) -> None:
        self.answer.set_result(None)

    def kill(self) -> None:
        self.is_alive = False
        if self.serving:
            self.answer.set_exception(EnvironmentCrashedError("killed"))

    def freeze(self) -> None:
        self.is_frozen = True

    def thaw(self) -> None:
        self.is_frozen = False

    async def close(self) -> None:
        self.is_closed = True


class Launcher:
    def __init__(self) -> None:
        self.started: list[FakeEnvironment] = []
        self.failures = 0

    async def __call__(self) -> FakeEnvironment:
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise InitFailedError("ImportError", "no module")
        self.started.append(FakeEnvironment())
        return self.started[-1]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_environments_are_started_on_demand_up_to_the_cap_and_then_calls_queue() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 2)
    calls = [asyncio.create_task(pool.invoke(n)) for n in range(4)]
    await settle()
    assert [e.serving for e in launcher.started] == [[0], [1]]
    assert pool.waiting == 2
    launcher.started[1].finish()
    await settle()
    assert [e.serving for e in launcher.started] == [[0], [2]], "first come, first served"
    launcher.started[0].finish()
    await settle()
    for environment in launcher.started:
        environment.finish()
    assert await asyncio.gather(*calls) == [0, 1, 2, 3]
    await pool.close()


async def test_warm_environment_is_used_again() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 4)
    await pool.warm(1)
    for n in range(3):
        call = asyncio.create_task(pool.invoke(n))
        await settle()
        launcher.started[0].finish()
        assert await call == n
    assert len(launcher.started) == 1
    await pool.close()


async def test_killed_environment_fails_its_call_and_the_next_gets_a_fresh_one() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 1)
    call = asyncio.create_task(pool.invoke("lost"))
    waiting = asyncio.create_task(pool.invoke("next"))
    await settle()
    assert pool.kill_all() == 1
    with pytest.raises(EnvironmentCrashedError):
        await call
    await settle()
    launcher.started[1].finish()
    assert await waiting == "next"
    assert launcher.started[0].is_closed
    assert pool.errors == 1
    await pool.close()


async def test_idle_environment_that_died_is_not_used() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 1)
    await pool.warm(1)
    launcher.started[0].is_alive = False
    call = asyncio.create_task(pool.invoke(1))
    await settle()
    launcher.started[1].finish()
    assert await call == 1
    await pool.close()


async def test_start_that_fails_fails_one_call_and_the_next_tries_again() -> None:
    launcher = Launcher()
    launcher.failures = 1
    pool = FunctionPool("F", launcher, 1)
    with pytest.raises(InitFailedError):
        await pool.invoke(1)
    call = asyncio.create_task(pool.invoke(2))
    await settle()
    launcher.started[0].finish()
    assert await call == 2
    await pool.close()


async def test_api_stops_waiting_but_the_function_runs_on() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 1)
    with pytest.raises(IntegrationTimedOutError):
        await pool.call("slow", 0.01)
    assert launcher.started[0].serving == ["slow"]
    launcher.started[0].finish()
    await settle()
    assert not launcher.started[0].serving
    await pool.close()


async def test_who_waited_in_vain_for_an_environment_is_not_served_later() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 1)
    first = asyncio.create_task(pool.invoke("first"))
    await settle()
    with pytest.raises(IntegrationTimedOutError):
        await pool.call("given up", 0.01)
    last = asyncio.create_task(pool.call("last", 60))
    await settle()
    launcher.started[0].finish()
    await settle()
    assert launcher.started[0].serving == ["last"]
    launcher.started[0].finish()
    assert (await first, await last) == ("first", "last")
    assert (pool.invocations, pool.errors) == (3, 1)
    await pool.close()


async def test_cancelled_wait_gives_its_turn_to_the_next() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 1)
    first = asyncio.create_task(pool.invoke(1))
    await settle()
    given_up, last = (asyncio.create_task(pool.invoke(n)) for n in (2, 3))
    await settle()
    given_up.cancel()
    launcher.started[0].finish()
    await settle()
    launcher.started[0].finish()
    assert (await first, await last) == (1, 3)
    await pool.close()


async def test_a_frozen_environment_is_used_no_more_until_it_thaws_and_then_at_once() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 2)
    await pool.warm(1)
    assert pool.freeze(seconds=3600, count=2) == 1
    frozen = launcher.started[0]
    assert frozen.is_frozen
    calls = [asyncio.create_task(pool.invoke(n)) for n in range(2)]
    await settle()
    assert [e.serving for e in launcher.started] == [[], [0]]
    pool.thaw_all()
    await settle()
    assert (frozen.is_frozen, frozen.serving) == (False, [1])
    for environment in launcher.started:
        environment.finish()
    assert await asyncio.gather(*calls) == [0, 1]
    await pool.close()


async def test_a_frozen_environment_thaws_by_itself() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 1)
    await pool.warm(1)
    assert pool.freeze(seconds=0.01, count=1) == 1
    call = asyncio.create_task(pool.invoke("x"))
    while not launcher.started[0].serving:
        await asyncio.sleep(0.001)
    launcher.started[0].finish()
    assert await call == "x"
    await pool.close()


async def test_closed_pool_thaws_what_is_frozen_so_that_it_can_end() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 1)
    await pool.warm(1)
    pool.freeze(seconds=3600, count=1)
    await pool.close()
    assert (launcher.started[0].is_frozen, launcher.started[0].is_closed) == (False, True)


async def test_closed_pool_ends_its_environments() -> None:
    launcher = Launcher()
    pool = FunctionPool("F", launcher, 2)
    await pool.warm(2)
    await pool.close()
    assert all(environment.is_closed for environment in launcher.started)
