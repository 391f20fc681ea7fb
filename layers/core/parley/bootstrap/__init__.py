"""Wires everything, once for each process; the only package that names adapters.

Tests put an `App` of memory adapters in place with :func:`use`.
"""

import gc
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from parley import invocations, observability
from parley.bootstrap.adapters import Adapters, presence_rules
from parley.bootstrap.defaults import default_policy
from parley.bootstrap.operations import App
from parley.errors import BadSetting, SecretUnreadable
from parley.services.relay import StreamChange
from parley.settings import Settings

__all__ = [
    "Adapters",
    "App",
    "app",
    "default_policy",
    "prepare",
    "presence_rules",
    "stream_changes",
    "use",
]

_apps: list[App] = []


def app() -> App:
    """Return the process's services; made at first use from the environment."""
    if not _apps:
        settings = Settings.from_environment()
        _apps.append(App(settings, Adapters(settings)))
    return _apps[0]


def prepare(build: Callable[[App], object]) -> None:
    """Make what a function needs while its environment starts, not while somebody waits.

    A bad setting so stops the start, and is not found by the first message. Outside of Lambda and
    of the local gateway, in tests say, nothing happens.
    """
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ and not _apps:
        with _saying_why():
            build(app())
        # Modules and models live as long as the process. Left where the collector looks, each full
        # collection walks them all, tens of milliseconds in the middle of somebody's message.
        gc.freeze()


@contextmanager
def _saying_why() -> Iterator[None]:
    """Name what keeps a process from starting, in one line: Lambda's own is a stack."""
    try:
        yield
    except BadSetting as exc:
        event = "secret_unreadable" if isinstance(exc, SecretUnreadable) else "setting_bad"
        observability.log(logging.ERROR, event, cause=str(exc))
        invocations.start_failed()
        raise


def use(replacement: App | None) -> None:
    """Put other services in place, or none, so that the next use makes them anew. For tests."""
    _apps[:] = [replacement] if replacement else []


def stream_changes(event: Mapping[str, Any]) -> list[StreamChange]:
    """Read an event of the table's stream."""
    from parley.adapters.dynamodb.stream import changes_of

    return changes_of(event)
