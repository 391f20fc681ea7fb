"""The gateway: wires template, workers, APIs and event sources together, and runs them."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
import time
from collections.abc import Awaitable, Coroutine
from contextlib import ExitStack
from typing import IO, Any

from aiohttp import web

from gateway.addresses import Addresses
from gateway.aws import Aws
from gateway.config import GatewayConfig, GatewayError
from gateway.connections import Connection, Registry
from gateway.control import ControlApi
from gateway.deploy import deploy
from gateway.derive import derived_template, resolved_resources, runnable_resources
from gateway.environments import ProcessEnvironment, process_variables
from gateway.events import GOING_AWAY
from gateway.faults import Faults
from gateway.http_api import HttpServer
from gateway.inline import InlineEnvironment
from gateway.invocation import Environment, InvocationError
from gateway.management import ManagementApi
from gateway.model import Function, Stack
from gateway.pool import FunctionPool
from gateway.sources import QueueConsumer, run_schedule
from gateway.stack import api_mounts, build_stack, environment_of
from gateway.streams import StreamConsumer
from gateway.tasks import TaskGroup
from gateway.template import load_template
from gateway.websocket_api import Surroundings, WebSocketServer

_MAX_BODY_BYTES = 10 * 1024 * 1024
# Above API Gateway's 4,096, so that longer ones get its answer and not aiohttp's.
_MAX_LINE_BYTES = 64 * 1024
_BACKLOG = 4096
_GOODBYE_S = 3.0
_MAX_FILES = 65_536

logger = logging.getLogger("gateway")


class Gateway:
    """Runs one template.

    Attributes:
        app: The aiohttp application. Routes of the caller's own may be added before `start`.
        faults: The fault verbs.
    """

    def __init__(self, config: GatewayConfig) -> None:
        """Prepare; nothing is read or started yet."""
        self.config = config
        self.app = web.Application(client_max_size=_MAX_BODY_BYTES)
        self.registry = Registry()
        self.pools: dict[str, FunctionPool] = {}
        self.faults = Faults(
            self.registry, self.pools, seed=config.fault_seed, reorder=config.reorder
        )
        self._tasks = TaskGroup()
        self._sources = TaskGroup()
        self._files = ExitStack()
        self._aws: Aws | None = None
        self._runner: web.AppRunner | None = None
        self._port = config.port

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    @property
    def url(self) -> str:
        """Its address, as `http://127.0.0.1:8080`."""
        return f"http://{self.config.host}:{self._port}"

    async def start(self) -> None:
        """Deploy the data resources, start the workers, listen.

        Raises:
            GatewayError: With one line for people; whatever was started is stopped again.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        _allow_many_files()
        # The port first: its number is part of what the functions are told.
        listener = self._files.enter_context(_listen(self.config.host, self._port))
        self._port = listener.getsockname()[1]
        self._aws = Aws(self.config.endpoint_url, self.config.region)
        stack = await self._load_stack(self._aws)
        for warning in stack.warnings:
            logger.warning("%s", warning)
        self._create_pools(stack)
        await self._warm()
        self._mount(stack)
        self._runner = web.AppRunner(
            self.app,
            access_log=None,
            handle_signals=False,
            shutdown_timeout=1.0,
            max_line_size=_MAX_LINE_BYTES,
            max_field_size=_MAX_LINE_BYTES,
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listener, backlog=_BACKLOG).start()
        self._sources.start(self._end_old_connections())
        self._start_sources(stack, self._aws)

    async def _load_stack(self, aws: Aws) -> Stack:
        config = self.config
        template = load_template(config.template)
        runnable = runnable_resources(template, config.stack_name)
        derived = derived_template(template, runnable, config.stack_name)
        outputs = (
            {}
            if derived is None
            else await deploy(aws, config.stack_name, derived, config.parameters)
        )
        resources = resolved_resources(runnable, outputs)
        return build_stack(resources, config.template.resolve().parent, config.stack_name)

    def _create_pools(self, stack: Stack) -> None:
        config = self.config
        log = None
        if config.log_file is not None:
            log = self._files.enter_context(config.log_file.open("ab"))
        addresses = Addresses(f"{config.host}:{self._port}", api_mounts(stack, config.http_prefix))
        for function in stack.functions.values():
            own = environment_of(function, addresses, config.environment)
            self.pools[function.logical_id] = self._pool_of(function, own, log)

    def _pool_of(
        self, function: Function, own: dict[str, str], log: IO[bytes] | None
    ) -> FunctionPool:
        config = self.config
        variables = process_variables(function, own, config.endpoint_url, config.region)

        def launch() -> Awaitable[Environment]:
            if config.inline:
                return InlineEnvironment.start(function, variables)
            return ProcessEnvironment.start(function, variables, log, self.faults.kill_points)

        concurrency = 1 if config.inline else config.concurrency_of(function.logical_id)
        return FunctionPool(function.logical_id, launch, concurrency)

    async def _warm(self) -> None:
        async def warm(pool: FunctionPool) -> None:
            try:
                await pool.warm(self.config.warm)
            except InvocationError as exc:
                raise GatewayError(f"function {pool.name} cannot start: {exc}") from exc

        outcomes = await asyncio.gather(*map(warm, self.pools.values()), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _mount(self, stack: Stack) -> None:
        router = self.app.router
        around = Surroundings(
            config=self.config,
            pools=self.pools,
            registry=self.registry,
            faults=self.faults,
            tasks=self._tasks,
        )
        for api in stack.websocket_apis:
            ManagementApi(api.stage, self.registry, self.faults).add_routes(router)
            router.add_get(f"/{api.stage}", WebSocketServer(api, around).handle)
        if stack.http_api is not None:
            server = HttpServer(stack.http_api, self.config, self.pools)
            router.add_route("*", self.config.http_prefix + "/{path:.*}", server.handle)
        if self.config.fault_control:
            ControlApi(self.faults, self.registry, self.pools).add_routes(router)

    def _start_sources(self, stack: Stack, aws: Aws) -> None:
        config = self.config
        work: list[Coroutine[Any, Any, None]] = [
            run_schedule(schedule, self.pools[schedule.function], config)
            for schedule in stack.schedules
        ]
        work += [
            QueueConsumer(s, self.pools[s.function], aws, self.faults, config).run()
            for s in stack.queues
        ]
        work += [
            StreamConsumer(s, self.pools[s.function], aws, self.faults, config).run()
            for s in stack.streams
        ]
        for coroutine in work:
            self._sources.start(coroutine)

    async def _end_old_connections(self) -> None:
        config = self.config
        pause_s = min(1.0, config.idle_timeout_s / 5, config.max_connection_s / 5)
        while True:
            await asyncio.sleep(pause_s)
            now_s = time.monotonic()
            for connection in self.registry:
                if self._is_due(connection, now_s):
                    connection.close(GOING_AWAY)

    def _is_due(self, connection: Connection, now_s: float) -> bool:
        idle_s = now_s - connection.active_at_s
        age_s = now_s - connection.opened_at_s
        return idle_s > self.config.idle_timeout_s or age_s > self.config.max_connection_s

    async def stop(self) -> None:
        """End everything: sockets with 1001, their `$disconnect`, event sources, workers."""
        await self._sources.cancel()
        for connection in self.registry:
            connection.close(GOING_AWAY)
        deadline_s = time.monotonic() + _GOODBYE_S
        while len(self.registry) and time.monotonic() < deadline_s:
            await asyncio.sleep(0.01)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._tasks.settle(_GOODBYE_S)
        await asyncio.gather(*(pool.close() for pool in self.pools.values()))
        if self._aws is not None:
            self._aws.close()
        self._files.close()


def _allow_many_files() -> None:
    """Raise the soft limit on open files, often 1,024 or less, which is one for each client."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_FILES if hard == resource.RLIM_INFINITY else min(_MAX_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError) as exc:
            # macOS may refuse what it reports as allowed; fewer clients is no reason to stop.
            logger.info("only %d open files: %s", soft, exc)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as exc:
        listener.close()
        reason = "taken by another program" if port else "not to be had"
        raise GatewayError(f"port {port} is {reason} ({exc.strerror})") from exc
    return listener
