"""What the network, API Gateway and Lambda do on a bad day: verbs of a running Parley's gateway.

    with running_stack() as stack, GatewayFaults(stack) as faults:
        faults.gone(probability=0.2, seconds=10)

Arguments default to what a chaos run can bear. Functions are named as in ``template.yaml``. With
``user_agent`` only the clients that called themselves so are meant, and ``fraction`` is of these.
"""

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from tests.support.faults.verbs import verb, verbs_of
from tests.support.stack import Stack

SENDER = "MessageFunction"
# The message is in the table, and nobody has been told.
STORED = "parley.adapters.dynamodb.messages:DynamoMessageStore.append:after"


class GatewayFaults:
    """The verbs of one gateway.

    A fault that lasts ends by itself after ``seconds``, or with `clear`. A verb that is called
    again replaces what it said before.
    """

    def __init__(self, stack: Stack) -> None:
        """Break this Parley."""
        self._stack = stack
        self._timers: dict[str, threading.Timer] = {}

    def __enter__(self) -> Self:
        """Use them until the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all faults, also of a Parley that has ended."""
        self._cancel_timers()
        with contextlib.suppress(OSError):
            self.clear()

    def clear(self) -> None:
        """End all faults."""
        self._cancel_timers()
        self._do("clear")

    # --- Connections -------------------------------------------------------------------------

    @verb
    def cut_all(self, fraction: float = 1.0, user_agent: str | None = None) -> int:
        """Drop the TCP connections of clients. Returns how many."""
        return int(self._do("cut_all", fraction=fraction, user_agent=user_agent))

    @verb
    def half_open(self, fraction: float = 0.1, user_agent: str | None = None) -> int:
        """Let clients vanish without a word; POSTs to them still succeed. Returns how many."""
        return int(self._do("half_open", fraction=fraction, user_agent=user_agent))

    @verb
    def age(
        self,
        age_s: float = 7_200.0,
        idle_s: float = 0.0,
        fraction: float = 0.2,
        user_agent: str | None = None,
    ) -> int:
        """Put the 2 hour and the 10 minute clock of connections forward. Returns how many."""
        clocks = {"seconds": age_s, "idle_seconds": idle_s}
        return int(self._do("age", **clocks, fraction=fraction, user_agent=user_agent))

    @verb
    def refuse_connects(self, per_second: float = 20.0, seconds: float | None = None) -> None:
        """Answer 429 to upgrades above so many a second."""
        self._do("refuse_connects", per_second=per_second)
        self._later(seconds, "refuse_connects", per_second=None)

    @verb
    def drop_disconnect(self, probability: float = 0.2, seconds: float | None = None) -> None:
        """Never deliver some ``$disconnect`` events."""
        self._chance("drop_disconnect", probability, seconds)

    @verb
    def delay_disconnect(
        self, delay_s: float = 5.0, probability: float = 0.5, seconds: float | None = None
    ) -> None:
        """Deliver some ``$disconnect`` events late."""
        self._chance("delay_disconnect", probability, seconds, delay_s=delay_s)

    @verb
    def reorder_disconnect(
        self, delay_s: float = 0.5, probability: float = 0.2, seconds: float | None = None
    ) -> None:
        """Let some clients vanish while they connect: ``$disconnect`` runs before ``$connect``."""
        self._chance("reorder_disconnect", probability, seconds, delay_s=delay_s)

    # --- Frames and pushes -------------------------------------------------------------------

    @verb
    def reorder(
        self, max_delay_s: float = 0.05, probability: float = 0.5, seconds: float | None = None
    ) -> None:
        """Let some frames of clients be overtaken by later ones."""
        self._chance("reorder", probability, seconds, max_delay_s=max_delay_s)

    @verb
    def gone(self, probability: float = 0.2, seconds: float | None = None) -> None:
        """Answer 410 to some pushes, though the connection is open."""
        self._chance("gone", probability, seconds)

    @verb
    def limit(
        self,
        probability: float = 0.2,
        user_agent: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Answer 429 to some pushes."""
        self._chance("limit", probability, seconds, user_agent=user_agent)

    @verb
    def slow(
        self, delay_s: float = 0.5, probability: float = 0.2, seconds: float | None = None
    ) -> None:
        """Hold some pushes back."""
        self._chance("slow", probability, seconds, delay_s=delay_s)

    # --- Records of queues and streams -------------------------------------------------------

    @verb
    def duplicate(
        self,
        probability: float = 0.5,
        function: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Deliver some batches twice."""
        self._chance("duplicate", probability, seconds, function=function)

    @verb
    def delay_records(
        self,
        delay_s: float = 2.0,
        probability: float = 0.3,
        function: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Hold some batches back."""
        self._chance("delay_records", probability, seconds, delay_s=delay_s, function=function)

    @verb
    def reorder_records(
        self,
        max_delay_s: float = 1.0,
        probability: float = 0.5,
        function: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Shuffle some batches, and let other batches of a queue overtake them."""
        arguments = {"max_delay_s": max_delay_s, "function": function}
        self._chance("reorder_records", probability, seconds, **arguments)

    @verb
    def lose_records(
        self,
        probability: float = 0.2,
        function: str | None = "FlushFunction",
        seconds: float | None = None,
    ) -> None:
        """Take some records for done that the function never sees.

        Of a queue by default: a stream loses none on AWS. ``None`` is every queue and stream.
        """
        self._chance("lose_records", probability, seconds, function=function)

    @verb
    def poison_records(
        self,
        probability: float = 0.1,
        function: str | None = "FlushFunction",
        seconds: float | None = None,
    ) -> None:
        """Give a function garbage in place of some records, at every delivery."""
        self._chance("poison_records", probability, seconds, function=function)

    # --- Functions ---------------------------------------------------------------------------

    @verb
    def kill(self, function: str = SENDER) -> int:
        """SIGKILL all processes of a function now. Returns how many."""
        return int(self._do("kill", function=function))

    @verb
    def kill_on_post(self, function: str = SENDER) -> None:
        """SIGKILL the function's processes at the next push, which is lost."""
        self._do("kill_on_post", function=function)

    @verb
    def kill_at(self, function: str = SENDER, point: str = STORED, count: int = 1) -> None:
        """Let a process of a function SIGKILL itself at a point, ``module:Class.method:after``."""
        self._do("kill_at", function=function, point=point, count=count)

    @verb
    def freeze(self, function: str = SENDER, freeze_s: float = 3.0, count: int = 1) -> int:
        """SIGSTOP idle processes of a function for so long. Returns how many."""
        return int(self._do("freeze", function=function, seconds=freeze_s, count=count))

    # --- How ---------------------------------------------------------------------------------

    def _do(self, name: str, **arguments: Any) -> Any:
        return self._stack.post("/_gateway/faults", {"verb": name, **arguments})["result"]

    def _chance(
        self, name: str, probability: float, seconds: float | None, **arguments: Any
    ) -> None:
        self._do(name, probability=probability, **arguments)
        self._later(seconds, name, probability=0.0, **arguments)

    def _later(self, seconds: float | None, name: str, **ending: Any) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()
        if seconds is None:
            return
        timer = threading.Timer(seconds, self._end, [partial(self._do, name, **ending)])
        timer.daemon = True
        self._timers[name] = timer
        timer.start()

    def _end(self, end: Callable[[], Any]) -> None:
        # A Parley that has ended meanwhile has no faults any more.
        with contextlib.suppress(OSError):
            end()

    def _cancel_timers(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()


VERBS = verbs_of(GatewayFaults)
