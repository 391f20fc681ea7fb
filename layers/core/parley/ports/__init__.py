"""What Parley needs of the outside world, as narrow protocols.

Each port has a memory adapter and a real one that pass the same contract suite (tests/contract).
Adapters translate foreign errors: a cache that does not answer raises `CacheUnavailable`, a
store `StoreUnavailable`; nothing else escapes. Everything here is synchronous.
"""

from parley.ports.cache import Probe, RateLimit, RoomCache, Turn
from parley.ports.clearing import ClearingStore
from parley.ports.clock import Clock
from parley.ports.messages import Contended, MessageStore, Repeated, Stored, Taken, Unknown
from parley.ports.presence import Audience, Beat, Flush, PresenceStore, Registered, Swept
from parley.ports.push import FanoutQueue, FlushQueue, PendingPush, Push, PushReport
from parley.ports.rooms import Outdated, Revised, RoomStore
from parley.ports.tokens import Claims, TokenVerifier
from parley.ports.users import SettingsStore, TicketStore, UserStore

__all__ = [
    "Audience",
    "Beat",
    "Claims",
    "ClearingStore",
    "Clock",
    "Contended",
    "FanoutQueue",
    "Flush",
    "FlushQueue",
    "MessageStore",
    "Outdated",
    "PendingPush",
    "PresenceStore",
    "Probe",
    "Push",
    "PushReport",
    "RateLimit",
    "Registered",
    "Repeated",
    "Revised",
    "RoomCache",
    "RoomStore",
    "SettingsStore",
    "Stored",
    "Swept",
    "Taken",
    "TicketStore",
    "TokenVerifier",
    "Turn",
    "Unknown",
    "UserStore",
]
