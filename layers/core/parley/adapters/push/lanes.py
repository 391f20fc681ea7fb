"""Lanes: a bounded number of kept-alive sockets with one queue of posts behind them.

Everything that waits, waits in awscrt's event-loop thread; the callbacks here run on it. The
lock is never held while calling into awscrt, whose futures may run callbacks at once.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from awscrt.exceptions import AwsCrtError

from parley.adapters.push.batch import Post
from parley.adapters.push.signing import Endpoint, add_length, sign
from parley.adapters.push.verdicts import UNSIGNED

_log = logging.getLogger("parley.push")

Connect = Callable[[], "Future[Any]"]


class Lane:
    """One socket, kept alive, that carries one post at a time.

    A post whose socket breaks is sent once more by the same lane over a new socket: taking
    another kept-alive one could meet another that the server has closed.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        connect: Connect,
        release: Callable[["Lane"], None],
        max_idle_s: float,
    ) -> None:
        """Start without a socket; it is opened for the first post."""
        self._endpoint = endpoint
        self._connect = connect
        self._release = release
        self._max_idle_s = max_idle_s
        self._connection: Any = None
        self._current: Post | None = None
        self._idle_since = 0.0

    @property
    def warm(self) -> bool:
        """Tell whether the socket may be used again: open, and not idle for too long.

        A server or NAT that forgot an idle connection without telling would swallow the post.
        """
        return (
            self._connection is not None
            and self._connection.is_open()
            and time.monotonic() - self._idle_since < self._max_idle_s
        )

    def carry(self, post: Post) -> None:
        """Send this post, over the socket at hand or a new one."""
        self._current = post
        post.carrier = self
        if self.warm:
            self._sign(post)
        else:
            self._reconnect(post)

    def abandon(self, post: Post) -> None:
        """Close the socket if this post is still on it: its answer may never come."""
        connection = self._connection
        if self._current is post and connection is not None:
            connection.close()

    def close(self) -> None:
        """Close the socket."""
        connection = self._connection
        if connection is not None:
            connection.close()

    def _reconnect(self, post: Post) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._connect().add_done_callback(partial(self._connected, post))

    def _connected(self, post: Post, future: "Future[Any]") -> None:
        if future.exception() is not None:
            self._broke(post)
            return
        self._connection = future.result()
        if post.batch.is_open(post):
            self._sign(post)
        else:
            self._finish()

    def _sign(self, post: Post) -> None:
        signed = sign(self._endpoint, post.batch.freight, post.connection_id)
        signed.add_done_callback(partial(self._signed, post))

    def _signed(self, post: Post, future: "Future[Any]") -> None:
        if future.exception() is not None:
            if post.batch.fail_all(UNSIGNED):
                _log.error("push_unsigned", extra={"reason": str(future.exception())})
            self._finish()
            return
        request = future.result()
        add_length(request, post.batch.freight)
        try:
            stream = self._connection.request(request)
            stream.completion_future.add_done_callback(partial(self._answered, post))
            stream.activate()
        except (AwsCrtError, RuntimeError, OSError):
            self._broke(post)

    def _answered(self, post: Post, future: "Future[Any]") -> None:
        if future.exception() is not None:
            self._broke(post)
            return
        post.answered(future.result())
        self._finish()

    def _broke(self, post: Post) -> None:
        if post.may_resend():
            self._reconnect(post)
        else:
            post.broke()
            self._finish()

    def _finish(self) -> None:
        self._current = None
        self._idle_since = time.monotonic()
        self._release(self)


class Lanes:
    """The pool: at most so many lanes, opened as posts wait, and the queue behind them."""

    def __init__(
        self, endpoint: Endpoint, connect: Connect, max_connections: int, max_idle_s: float
    ) -> None:
        """Open nothing yet."""
        self._new_lane = partial(Lane, endpoint, connect, self._release, max_idle_s)
        self._max_connections = max_connections
        self._lock = threading.Lock()
        self._waiting: deque[Post] = deque()
        self._idle: list[Lane] = []
        self._lanes: list[Lane] = []

    def submit(self, posts: Sequence[Post]) -> None:
        """Queue posts and start as many as there are lanes for."""
        with self._lock:
            self._waiting.extend(posts)
            starts = self._claim()
        for lane, post in starts:
            lane.carry(post)

    def close(self) -> None:
        """Close every socket; a later post opens new ones."""
        with self._lock:
            lanes = tuple(self._lanes)
        for lane in lanes:
            lane.close()

    def _claim(self) -> list[tuple[Lane, Post]]:
        starts = []
        while (self._idle or len(self._lanes) < self._max_connections) and (post := self._next()):
            starts.append((self._take_lane(), post))
        return starts

    def _take_lane(self) -> Lane:
        # The one used last is the likeliest to be open still.
        if self._idle:
            return self._idle.pop()
        lane = self._new_lane()
        self._lanes.append(lane)
        return lane

    def _next(self) -> Post | None:
        while self._waiting:
            post = self._waiting.popleft()
            if post.batch.is_open(post):
                return post
        return None

    def _release(self, lane: Lane) -> None:
        with self._lock:
            post = self._next()
            if post is None:
                self._idle.append(lane)
        if post is not None:
            lane.carry(post)
