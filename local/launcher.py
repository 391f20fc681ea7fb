"""Starts everything in order, watches it, and ends it in the opposite order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NoReturn

import redis

from gateway import Gateway, GatewayConfig
from local.errors import StartError
from local.locks import exclusive
from local.pages import page_routes
from local.processes import HOST, free_port, is_free
from local.secrets import kept_secret, publish
from local.servers import Server, start_emulator, start_valkey
from local.settings import ROOT, STACK_NAME, Settings
from local.tokens import token_route

_REDIS_ANSWERS_IN_S = 3.0
_WATCH_S = 0.5
# SQS has its own machines; the emulator shares this one with everything else.
_EMULATED = {"PARLEY_QUEUE_TIMEOUT_MS": "2000"}


async def launch(settings: Settings, say: Callable[[str], object]) -> NoReturn:
    """Run until cancelled; everything that was started is gone when this returns or raises.

    Args:
        settings: What to do.
        say: Told one line, the address, when everything is ready.

    Raises:
        StartError: When something cannot start, or ends before it should.
        GatewayError: The same, of the gateway.
    """
    async with AsyncExitStack() as stack:
        servers = await _start(settings, stack, say)
        while True:
            await asyncio.sleep(_WATCH_S)
            for server in servers:
                if not server.child.is_alive:
                    raise StartError(f"{server.child.name} has ended: see {server.child.log}")


async def _start(
    settings: Settings, stack: AsyncExitStack, say: Callable[[str], object]
) -> list[Server]:
    logs = _claim(settings, stack)
    port = settings.port or free_port()
    # Asked before anything starts: it is the likeliest mistake, and the quickest to tell.
    if not is_free(port):
        raise StartError(
            f"port {port} is taken: stop what listens there, or choose another with PORT"
        )
    servers = _start_servers(settings, stack, logs)
    redis_url = await _ready(servers.get("redis")) or await _checked(settings.redis_url)
    endpoint_url = await _ready(servers.get("aws"))
    secret = kept_secret(settings.data_dir / "jwt-secret")
    arn = await asyncio.to_thread(publish, secret, endpoint_url, settings.region)
    config = gateway_config(
        settings,
        port,
        endpoint_url,
        logs / "functions.log",
        redis_url or "",
        {
            "RedisMode": "external",
            "JwtAlgorithm": "HS256",
            "JwtSecretArn": arn,
            "AllowedOrigins": f"http://{HOST}:{port},http://localhost:{port}",
        },
    )
    gateway = Gateway(config)
    gateway.app.add_routes([token_route(secret), *page_routes(ROOT / "web")])
    await gateway.start()
    stack.push_async_callback(gateway.stop)
    say(
        f"Parley is ready: http://{HOST}:{port}/  "
        f"(WebSocket ws://{HOST}:{port}/v1, REST /api, Ctrl-C stops)"
    )
    return list(servers.values())


def _claim(settings: Settings, stack: AsyncExitStack) -> Path:
    """Take the data folder for this run, and write logs into it from now on."""
    logs = settings.data_dir / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"{logs} cannot be made: {error.strerror}") from error
    refusal = (
        f"Parley runs already on {settings.data_dir} (pid {{pid}}): "
        "stop it, or choose another folder with PARLEY_LOCAL_DIR"
    )
    stack.enter_context(exclusive(settings.data_dir / "lock", refusal))
    (logs / "functions.log").write_bytes(b"")
    logging.basicConfig(
        filename=logs / "gateway.log",
        filemode="w",
        level=logging.INFO,
        force=True,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    return logs


def _start_servers(settings: Settings, stack: AsyncExitStack, logs: Path) -> dict[str, Server]:
    """Start both at once, without waiting for either."""
    servers: dict[str, Server] = {}
    if settings.redis_url is None:
        servers["redis"] = stack.enter_context(start_valkey(logs))
    if not settings.uses_aws:
        servers["aws"] = stack.enter_context(start_emulator(settings.data_dir / "aws", logs))
    return servers


async def _ready(server: Server | None) -> str | None:
    return None if server is None else await asyncio.to_thread(server.ready)


async def _checked(redis_url: str | None) -> str | None:
    return None if redis_url is None else await asyncio.to_thread(check_redis, redis_url)


def check_redis(url: str) -> str:
    """Make sure that the Redis which the user named answers, and is fit; gives its URL.

    Raises:
        StartError: When it is not. The URL is not told, since it may hold a password.
    """
    timeout = _REDIS_ANSWERS_IN_S
    try:
        with redis.Redis.from_url(
            url, socket_timeout=timeout, socket_connect_timeout=timeout
        ) as client:
            policy = client.info("memory").get("maxmemory_policy", "")
    except (redis.RedisError, ValueError) as error:
        raise StartError(f"the Redis that REDIS_URL names does not answer: {error}") from error
    if policy.startswith("allkeys"):
        # Presence and limits would vanish one by one, and nobody would know why.
        raise StartError(
            f"the Redis that REDIS_URL names may evict any key (maxmemory-policy {policy}): "
            "choose noeviction or a volatile- policy"
        )
    return url


def gateway_config(
    settings: Settings,
    port: int,
    endpoint_url: str | None,
    log_file: Path,
    redis_url: str,
    parameters: dict[str, str],
) -> GatewayConfig:
    """The gateway's settings: ours, and over them those that the user gave."""
    options: dict[str, Any] = dict(settings.gateway)
    # Deployed functions find it in a secret, or in the template's own cache.
    ours = {"PARLEY_REDIS_URL": redis_url}
    if not settings.uses_aws:
        ours |= _EMULATED
    return GatewayConfig(
        template=ROOT / "template.yaml",
        host=HOST,
        port=port,
        endpoint_url=endpoint_url,
        region=settings.region,
        stack_name=STACK_NAME,
        parameters=parameters,
        environment={**ours, **settings.functions},
        log_file=log_file,
        **options,
    )
