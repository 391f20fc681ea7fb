"""Faults of queues and streams: what becomes of records between their source and the function.

Each verb takes the logical id of a function, so that one source can be broken and the others not;
without it all are. What Lambda promises stays true: the records of a stream with the same
partition key keep their order, and those of a queue that are not lost are deleted when they are
done.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.verbs import verb

_Record = TypeVar("_Record")
_OUT_OF = 2**32


@dataclass(frozen=True, slots=True)
class _Fault:
    probability: float
    function: str | None
    delay_s: float = 0.0


class RecordFaults:
    """The verbs, and the questions that the readers of queues and streams ask about them.

    Attributes:
        lost: How many records were lost so far.
    """

    def __init__(self, chances: random.Random) -> None:
        """Begin without faults."""
        self.lost = 0
        self._random = chances
        self._faults: dict[str, _Fault] = {}
        # Whether a record is poisoned must not change when it is delivered again.
        self._salt = str(chances.random())

    def clear(self) -> None:
        """End all faults."""
        self._faults.clear()

    @verb
    def duplicate(self, probability: float = 1.0, function: str | None = None) -> None:
        """Deliver some batches twice."""
        self._faults["duplicate"] = _Fault(probability, function)

    @verb
    def delay_records(
        self, delay_s: float, probability: float = 1.0, function: str | None = None
    ) -> None:
        """Hold some batches back; of a queue, others overtake them meanwhile."""
        self._faults["delay"] = _Fault(probability, function, delay_s)

    @verb
    def reorder_records(
        self, probability: float = 1.0, max_delay_s: float = 0.5, function: str | None = None
    ) -> None:
        """Shuffle the records of some batches, and let other batches of a queue overtake them."""
        self._faults["reorder"] = _Fault(probability, function, max_delay_s)

    @verb
    def lose_records(self, probability: float = 1.0, function: str | None = None) -> None:
        """Take some records for done that the function never sees."""
        self._faults["lose"] = _Fault(probability, function)

    @verb
    def poison_records(self, probability: float = 1.0, function: str | None = None) -> None:
        """Give the function garbage in place of some records of queues, at every delivery.

        What the queue keeps, and what comes into its dead-letter queue, stays whole.
        """
        self._faults["poison"] = _Fault(probability, function)

    def is_duplicated(self, function: str) -> bool:
        """Whether the next batch is delivered twice."""
        return self._happens("duplicate", function) is not None

    def delay_s(self, function: str) -> float:
        """How long to hold back the next batch of a queue."""
        late, overtaken = self._happens("delay", function), self._happens("reorder", function)
        delay_s = late.delay_s if late else 0.0
        return delay_s + (self._random.uniform(0.0, overtaken.delay_s) if overtaken else 0.0)

    def stream_delay_s(self, function: str) -> float:
        """How long to hold back the next batch of a stream, and all behind it."""
        late = self._happens("delay", function)
        return late.delay_s if late else 0.0

    def reordered(
        self, records: Sequence[_Record], group: Callable[[_Record], Hashable], function: str
    ) -> list[_Record]:
        """Records in another order, but for those of the same group."""
        if self._happens("reorder", function) is None:
            return list(records)
        groups: dict[Hashable, list[_Record]] = {}
        for record in records:
            groups.setdefault(group(record), []).append(record)
        turns = [key for key, members in groups.items() for _ in members]
        self._random.shuffle(turns)
        waiting = {key: iter(members) for key, members in groups.items()}
        return [next(waiting[key]) for key in turns]

    def is_lost(self, function: str) -> bool:
        """Whether the next record is never seen by the function."""
        is_lost = self._happens("lose", function) is not None
        self.lost += is_lost
        return is_lost

    def is_poisoned(self, record_id: str, function: str) -> bool:
        """Whether this record of a queue is garbage: the same answer each time."""
        fault = self._of("poison", function)
        place = zlib.crc32((self._salt + record_id).encode()) / _OUT_OF
        return fault is not None and place < fault.probability

    def _happens(self, name: str, function: str) -> _Fault | None:
        fault = self._of(name, function)
        return fault if fault and self._random.random() < fault.probability else None

    def _of(self, name: str, function: str) -> _Fault | None:
        fault = self._faults.get(name)
        return fault if fault and fault.function in (None, function) else None
