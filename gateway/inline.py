"""Execution environments inside the gateway's own process, so that a debugger sees handlers.

One invocation at a time, because environment variables belong to the whole process. Timeouts do
not apply: somebody at a breakpoint is slow on purpose.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from gateway.invocation import HandlerFailedError, InitFailedError
from gateway.model import Function
from gateway.worker import Context, Handler, extend_path

_ONE_AT_A_TIME = threading.Lock()


class InlineEnvironment:
    """A handler that was imported into this process."""

    def __init__(self, function: Function, variables: Mapping[str, str], handler: Handler) -> None:
        """Use `start` instead."""
        self._function = function
        self._variables = variables
        self._handler = handler

    @classmethod
    async def start(cls, function: Function, variables: Mapping[str, str]) -> InlineEnvironment:
        """Import the handler.

        Raises:
            InitFailedError: When that fails.
        """

        def load() -> Handler:
            with _ONE_AT_A_TIME:
                os.environ.update(variables)
                return _load(function)

        try:
            return cls(function, variables, await asyncio.to_thread(load))
        except Exception as exc:
            raise InitFailedError(type(exc).__name__, str(exc)) from exc

    @property
    def is_alive(self) -> bool:
        """Always, as long as the gateway is."""
        return True

    async def invoke(self, event: Any, request_id: str) -> Any:
        """Serve one invocation in a thread."""
        return await asyncio.to_thread(self._call, event, request_id)

    def _call(self, event: Any, request_id: str) -> Any:
        with _ONE_AT_A_TIME:
            os.environ.update(self._variables)
            context = Context(request_id, time.time() + self._function.timeout_s)
            try:
                return self._handler(event, context)
            except Exception as exc:
                traceback.print_exc()
                raise HandlerFailedError(type(exc).__name__, str(exc)) from exc

    def kill(self) -> None:
        """Nothing: a thread cannot be killed."""

    def freeze(self) -> None:
        """Nothing: a thread cannot be stopped."""

    def thaw(self) -> None:
        """Nothing: it never stopped."""

    async def close(self) -> None:
        """Nothing to end."""


def _load(function: Function) -> Handler:
    """Import by path under a name of its own: several functions may have an `app.py`."""
    extend_path(function.code_dir, list(function.layer_dirs))
    module_path, _, attribute = function.handler.rpartition(".")
    source = function.code_dir / f"{module_path.replace('.', '/')}.py"
    spec = importlib.util.spec_from_file_location(f"inline_{function.logical_id}", source)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[[Any, Context], Any] = getattr(module, attribute)
    return handler
