"""All services over one set of adapters."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from parley.bootstrap.defaults import commit_rules, default_policy
from parley.services.changes import Changes
from parley.services.clearing import Clearing
from parley.services.commits import Commits
from parley.services.cursors import Cursors
from parley.services.delivery import Delivery
from parley.services.directory import Directory
from parley.services.edits import Edits
from parley.services.history import History
from parley.services.kept import KeptMessages
from parley.services.limits import LocalLimiter
from parley.services.messaging import Messaging
from parley.services.missed import MissedMessages
from parley.services.pairs import Pairs
from parley.services.policies import Policies
from parley.services.presence import Presence
from parley.services.presence_updates import PresenceUpdates
from parley.services.receipts import Receipts
from parley.services.revisions import Revisions
from parley.services.revocation import Revocation
from parley.services.room_access import RoomAccess
from parley.services.room_creation import RoomCreation
from parley.services.room_lists import RoomLists
from parley.services.room_revisions import RoomRevisions
from parley.services.rooms import Rooms
from parley.services.showing import Showing
from parley.services.sync import Sync
from parley.services.tenants import Tenants
from parley.services.turns import Turns
from parley.services.typing import Typing
from parley.settings import Settings

if TYPE_CHECKING:
    from parley.services.identity import Identity

# How long a change may take from its commit into the log that heartbeats read.
STREAM_DELAY_S = 10


@dataclass
class Services:
    """All services over one set of adapters.

    Attributes:
        adapters: The real ones, or anything with the same fields.
    """

    settings: Settings
    adapters: Any

    @cached_property
    def policies(self) -> Policies:
        """What each tenant's people may do."""
        outside = self.adapters
        return Policies(outside.tenants, default_policy(self.settings), outside.clock.monotonic)

    @cached_property
    def kept(self) -> KeptMessages:
        """Messages less what retention took: what all services read."""
        return KeptMessages(self.adapters.messages, self.policies, self.adapters.clock)

    @cached_property
    def cursors(self) -> Cursors:
        """Sealed places in listings."""
        return Cursors(self.adapters.tenants)

    @cached_property
    def delivery(self) -> Delivery:
        """Pushes."""
        outside, settings = self.adapters, self.settings
        return Delivery(
            push=outside.push,
            presence=outside.presence,
            queue=outside.queue,
            fanout=outside.fanout,
            clock=outside.clock,
            budget_s=settings.push_budget_ms / 1000,
            direct_max=settings.direct_push_max,
        )

    @cached_property
    def access(self) -> RoomAccess:
        """Lets callers into rooms."""
        outside = self.adapters
        limiter = LocalLimiter(outside.clock.monotonic)
        return RoomAccess(
            rooms=outside.rooms,
            users=outside.users,
            cache=outside.cache,
            presence=outside.presence,
            local_limiter=limiter,
            messages=self.kept,
            crowd_above=self.settings.direct_room_max,
        )

    @cached_property
    def history(self) -> History:
        """Past messages."""
        outside = self.adapters
        return History(self.access, self.kept, outside.cache, self.policies)

    @cached_property
    def turns(self) -> Turns:
        """Who is next."""
        return Turns(self.adapters.cache, self.adapters.clock)

    @cached_property
    def commits(self) -> Commits:
        """Places in rooms."""
        outside, rules = self.adapters, commit_rules(self.settings)
        return Commits(self.kept, self.turns, outside.clock, rules)

    @cached_property
    def revisions(self) -> Revisions:
        """Changes of rooms."""
        outside, rules = self.adapters, commit_rules(self.settings)
        return Revisions(outside.rooms, outside.cache, self.turns, outside.clock, rules)

    @cached_property
    def messaging(self) -> Messaging:
        """Sending."""
        outside = self.adapters
        return Messaging(
            access=self.access,
            messages=self.kept,
            rooms=outside.rooms,
            users=outside.users,
            cache=outside.cache,
            delivery=self.delivery,
            clock=outside.clock,
            policies=self.policies,
            commits=self.commits,
        )

    @cached_property
    def edits(self) -> Edits:
        """Changing messages."""
        outside = self.adapters
        return Edits(
            access=self.access,
            rooms=outside.rooms,
            messages=self.kept,
            revisions=self.revisions,
            delivery=self.delivery,
            policies=self.policies,
            clock=outside.clock,
        )

    @cached_property
    def receipts(self) -> Receipts:
        """Cursors."""
        outside = self.adapters
        return Receipts(
            access=self.access,
            rooms=outside.rooms,
            messages=self.kept,
            history=self.history,
            users=outside.users,
            cache=outside.cache,
            delivery=self.delivery,
            clock=outside.clock,
            policies=self.policies,
            quiet_room_members=self.settings.quiet_room_members,
        )

    @cached_property
    def typing(self) -> Typing:
        """Who is typing."""
        return Typing(self.access, self.delivery, self.policies, self.settings.quiet_room_members)

    @cached_property
    def showing(self) -> Showing:
        """Rooms as people see them."""
        outside = self.adapters
        pairs = Pairs(outside.rooms, outside.users)
        return Showing(self.access, outside.rooms, outside.users, self.history, pairs)

    @cached_property
    def room_revisions(self) -> RoomRevisions:
        """Changes of rooms' names and members."""
        outside = self.adapters
        return RoomRevisions(
            rooms=outside.rooms,
            messages=self.kept,
            users=outside.users,
            revisions=self.revisions,
            policies=self.policies,
            clock=outside.clock,
        )

    @cached_property
    def rooms(self) -> Rooms:
        """Rooms."""
        outside = self.adapters
        return Rooms(
            access=self.access,
            rooms=outside.rooms,
            creation=RoomCreation(outside.rooms, outside.users, outside.clock, self.policies),
            revisions=self.room_revisions,
            showing=self.showing,
            lists=RoomLists(self.access, self.history, self.showing, self.cursors),
            delivery=self.delivery,
            policies=self.policies,
            cursors=self.cursors,
        )

    @cached_property
    def changes(self) -> Changes:
        """Rooms that changed."""
        outside = self.adapters
        return Changes(outside.cache, outside.rooms, self.history, self.access)

    @cached_property
    def presence_updates(self) -> PresenceUpdates:
        """Announcing changes of presence."""
        most = self.settings.presence_all_max
        return PresenceUpdates(self.adapters.presence, self.delivery, most)

    @cached_property
    def presence(self) -> Presence:
        """Who is here."""
        outside = self.adapters
        return Presence(
            presence=outside.presence,
            access=self.access,
            users=outside.users,
            changes=self.changes,
            updates=self.presence_updates,
            delivery=self.delivery,
            clock=outside.clock,
            policies=self.policies,
            cursors=self.cursors,
            lease_ttl_s=self.settings.lease_ttl_s,
            look_back_s=2 * self.settings.heartbeat_interval_s + STREAM_DELAY_S,
        )

    @cached_property
    def sync(self) -> Sync:
        """Catching up."""
        outside = self.adapters
        return Sync(
            access=self.access,
            cache=outside.cache,
            shown=self.showing,
            missed=MissedMessages(outside.rooms, self.kept),
            presence=self.presence,
            changed=self.changes,
            clock=outside.clock,
            policies=self.policies,
            cursors=self.cursors,
            heartbeat_interval_s=self.settings.heartbeat_interval_s,
        )

    @cached_property
    def revocation(self) -> Revocation:
        """Who may come no more."""
        outside = self.adapters
        return Revocation(outside.users, outside.presence, self.delivery, outside.clock)

    @cached_property
    def directory(self) -> Directory:
        """People."""
        outside = self.adapters
        return Directory(
            users=outside.users,
            access=self.access,
            updates=self.presence_updates,
            revocation=self.revocation,
            policies=self.policies,
            cursors=self.cursors,
        )

    @cached_property
    def tenants_service(self) -> Tenants:
        """What tenants set for themselves."""
        outside = self.adapters
        return Tenants(outside.tenants, outside.users, self.access, self.policies, self.clearing)

    @cached_property
    def clearing(self) -> Clearing:
        """What is removed by and by."""
        return Clearing(self.adapters.clearing, self.policies, self.adapters.clock)

    @cached_property
    def identity(self) -> "Identity":
        """Who connects."""
        from parley.services.identity import Identity

        outside, settings = self.adapters, self.settings
        return Identity(
            verifier=outside.verifier,
            tickets=outside.tickets,
            users=outside.users,
            clock=outside.clock,
            tenant_claim=settings.tenant_claim,
            allowed_origins=frozenset(settings.allowed_origins),
            tenant_cookies=settings.tenant_cookies,
            manage_cookies=settings.manage_cookies,
        )
