"""Runs an AWS SAM template on this machine: WebSocket API, HTTP API, workers, event sources.

Knows nothing of the application: what it runs is found through the template alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.config import GatewayConfig, GatewayError

if TYPE_CHECKING:
    from gateway.server import Gateway

__all__ = ["Gateway", "GatewayConfig", "GatewayError"]


def __getattr__(name: str) -> object:
    """Import the server (aiohttp, boto3) only when it is asked for: pure modules stay cheap."""
    if name != "Gateway":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gateway.server import Gateway

    return Gateway
