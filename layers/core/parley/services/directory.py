"""The directory of people: who is there, what is known of them, and who may come no more."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from parley import observability
from parley.domain.directory import folded_words
from parley.domain.ids import (
    MANAGE_PREFIX,
    MANAGE_TENANT,
    TenantId,
    UserId,
    is_external_id,
    is_manage_user,
)
from parley.domain.people import Caller, Connection, Profile
from parley.domain.permissions import is_admin
from parley.domain.text import display_name, has_control_characters
from parley.domain.tokens import MAX_ROLE_CHARS, usable_email, usable_picture
from parley.errors import Forbidden, InvalidInput, NotFound
from parley.ports import UserStore
from parley.protocol.rest import (
    MyProfileView,
    PatchMe,
    PutUser,
    RevokedReply,
    UserListReply,
    UserView,
)
from parley.services.addressing import addressed_tenant
from parley.services.cursors import Cursors
from parley.services.policies import Policies
from parley.services.presence_updates import PresenceUpdates
from parley.services.profiles import profile_of
from parley.services.revocation import Revocation
from parley.services.room_access import RoomAccess

PAGE = 50
MAX_PAGE = 100
MAX_QUERY_CHARS = 256
# In manage scope a page may go through many small tenants: no longer than this.
MAX_LOOKS = 20

# A tenant, and where among its people; None: at the beginning.
_Place = tuple[TenantId, str | None]


@dataclass(frozen=True, slots=True)
class Directory:
    """Looks people up, and lets admins change and revoke them."""

    users: UserStore
    access: RoomAccess
    updates: PresenceUpdates
    revocation: Revocation
    policies: Policies
    cursors: Cursors

    # --- Looking up --------------------------------------------------------------------------

    def search(
        self,
        connection: Connection,
        q: str | None = None,
        role: str | None = None,
        tenant_id: str | None = None,
        cursor: str | None = None,
        limit: int = PAGE,
    ) -> UserListReply:
        """Return people of the caller's tenant; in manage scope of one tenant, or of all.

        Args:
            connection: Who asks.
            q: Beginnings of words of the name, or of the e-mail; None: everybody.
            role: Only people of this role.
            tenant_id: In manage scope, whose people; None: every tenant's.
            cursor: Where the last page ended.
            limit: At most so many; a page may hold fewer, or none, and yet not be the last.
        """
        caller = connection.caller
        self._count(connection)
        _check_search(q, limit)
        everywhere = caller.manages and tenant_id is None
        tenant = None if everywhere else self._tenant(caller, tenant_id)
        listing = "users" if tenant is None else f"users {tenant}"
        place = self._place(caller, listing, cursor) if cursor else self._first(tenant)
        words = folded_words(q or "")
        found: list[Profile] = []
        for _ in range(MAX_LOOKS):
            if place is None or len(found) == limit:
                break
            people, after = self.users.search(place[0], words, place[1], limit - len(found))
            found += [person for person in people if role is None or person.role == role]
            place = self._following(place[0], after, everywhere=everywhere)
        return UserListReply(
            users=[_view(person, caller) for person in found],
            cursor=self.cursors.seal(caller, listing, place[0], place[1] or "") if place else None,
        )

    def _place(self, caller: Caller, listing: str, cursor: str) -> _Place:
        tenant_id, after = self.cursors.open(caller, listing, cursor, str, str)
        return TenantId(str(tenant_id)), str(after) or None

    def _first(self, tenant_id: TenantId | None) -> _Place | None:
        return (tenant_id, None) if tenant_id is not None else self._tenant_after(None)

    def _following(
        self, tenant_id: TenantId, after: str | None, *, everywhere: bool
    ) -> _Place | None:
        if after is not None:
            return tenant_id, after
        return self._tenant_after(tenant_id) if everywhere else None

    def _tenant_after(self, tenant_id: TenantId | None) -> _Place | None:
        # Those who manage are of no tenant.
        known = [t for t in self.users.tenants(tenant_id, 2) if t != MANAGE_TENANT]
        return (known[0], None) if known else None

    def get(self, connection: Connection, user_id: str, tenant_id: str | None = None) -> UserView:
        """Return what is known of a user; raises `NotFound` for one of whom nothing is."""
        self._count(connection)
        home = self._home(connection.caller, user_id, tenant_id)
        profile = self.users.profiles(home, [UserId(user_id)]).get(UserId(user_id))
        if profile is None:
            raise NotFound("user")
        return _view(profile, connection.caller)

    # --- Changing ----------------------------------------------------------------------------

    def put(
        self, connection: Connection, user_id: str, tenant_id: str | None, command: PutUser
    ) -> UserView:
        """Store a whole profile, of somebody who need not have connected yet, and show it.

        Raises:
            Forbidden: The caller is no admin.
            InvalidInput: Something of it could not be shown as it is; a token's would be dropped.
        """
        caller = connection.caller
        self._count(connection)
        require_admin(caller)
        home = self._home(caller, user_id, tenant_id)
        wanted = _profile(home, UserId(user_id), command)
        known = self.users.profiles(home, [wanted.user_id]).get(wanted.user_id)
        stored = self.users.put(wanted)
        # Whoever was not known yet is in nobody's list.
        if known is not None and _shown(known) != _shown(stored):
            self.updates.announce_profile(stored)
        observability.info("user_put", tenant_id=home, user_id=user_id)
        return _view(stored, caller)

    def revoke(
        self, connection: Connection, user_id: str, tenant_id: str | None = None
    ) -> RevokedReply:
        """Refuse a user's tokens up to now, also of one who never connected; end the connections.

        Raises:
            Forbidden: The caller is no admin.
        """
        self._count(connection)
        require_admin(connection.caller)
        home = self._home(connection.caller, user_id, tenant_id)
        before = self.revocation.revoke(home, UserId(user_id))
        return RevokedReply(user_id=user_id, revoked_before=datetime.fromtimestamp(before, UTC))

    # --- Oneself -----------------------------------------------------------------------------

    def me(self, connection: Connection) -> MyProfileView:
        """Return the caller, and what the caller wished for."""
        self._count(connection)
        caller = connection.caller
        known = self.users.profiles(caller.tenant_id, [caller.user_id])
        return _my_view(caller, known.get(caller.user_id) or profile_of(caller))

    def patch_me(self, connection: Connection, command: PatchMe) -> MyProfileView:
        """Set what the caller wishes; holds from the next receipt and the next listing on."""
        self._count(connection)
        caller = connection.caller
        # Somebody who only ever used REST is to be found, too.
        profile = self.users.remember(profile_of(caller))
        hidden = not command.read_receipts
        if profile.hides_reads != hidden:
            self.users.hide_reads(caller.tenant_id, caller.user_id, hidden=hidden)
        observability.info("me_changed", tenant_id=caller.tenant_id)
        return _my_view(caller, replace(profile, hides_reads=hidden))

    # --- Who is meant ------------------------------------------------------------------------

    def _count(self, connection: Connection) -> None:
        self.access.count(connection, self.policies.of(connection.caller).request)

    def _home(self, caller: Caller, user_id: str, tenant_id: str | None) -> TenantId:
        """Return the partition of a user who is named from outside.

        No tenant has a user whose id begins with ``@``; those of manage scope are its own.
        """
        if not is_external_id(user_id.removeprefix(MANAGE_PREFIX)):
            raise InvalidInput.at("userId", "is no user id")
        if caller.manages and is_manage_user(user_id):
            return MANAGE_TENANT
        if user_id.startswith("@"):
            raise NotFound("user")
        return self._tenant(caller, tenant_id)

    def _tenant(self, caller: Caller, tenant_id: str | None) -> TenantId:
        return tenant_from_outside(caller, tenant_id, self.users)


def tenant_from_outside(caller: Caller, tenant_id: str | None, users: UserStore) -> TenantId:
    """Return the tenant that a REST request is about (SPEC §1).

    Raises:
        NotFound: In manage scope, for a tenant that nobody was ever seen of.
        InvalidInput: In manage scope none is named, or in tenant scope one is.
    """
    if caller.manages and tenant_id is not None and not is_external_id(tenant_id):
        raise NotFound("tenant")
    return addressed_tenant(caller, tenant_id, users)


def require_admin(caller: Caller) -> None:
    """Refuse what only admins may."""
    if not is_admin(caller):
        raise Forbidden("only for admins")


def _check_search(q: str | None, limit: int) -> None:
    if q is not None and (len(q) > MAX_QUERY_CHARS or has_control_characters(q)):
        raise InvalidInput.at("q", f"has more than {MAX_QUERY_CHARS} characters, or controls")
    if not 1 <= limit <= MAX_PAGE:
        raise InvalidInput.at("limit", f"must be from 1 to {MAX_PAGE}")


def _profile(home: TenantId, user_id: UserId, command: PutUser) -> Profile:
    role = command.role
    well_formed = role is not None and is_external_id(role, MAX_ROLE_CHARS)
    return Profile(
        tenant_id=home,
        user_id=user_id,
        name=_same("name", command.name, display_name(command.name)),
        picture=_same("picture", command.picture, usable_picture(command.picture)),
        role=_same("role", role, role if well_formed else None),
        email=_same("email", command.email, usable_email(command.email)),
    )


def _same(field: str, said: str | None, usable: str | None) -> str | None:
    """Return what is left of a field; nothing being left of something is the caller's mistake."""
    if said is not None and usable is None:
        raise InvalidInput.at(field, "cannot be shown")
    return usable


def _shown(profile: Profile) -> tuple[str | None, ...]:
    return profile.name, profile.picture, profile.role


def _view(profile: Profile, viewer: Caller) -> UserView:
    return UserView(
        user_id=profile.user_id,
        tenant_id=profile.tenant_id,
        name=profile.name or profile.user_id,
        picture=profile.picture,
        role=profile.role,
        email=profile.email if is_admin(viewer) else None,
    )


def _my_view(caller: Caller, known: Profile) -> MyProfileView:
    # A caller goes by the id where the token has no name.
    named = profile_of(caller).name or known.name or caller.name
    return MyProfileView(
        user_id=caller.user_id,
        tenant_id=caller.tenant_id,
        name=named,
        role=caller.role,
        scope=caller.scope.value,
        read_receipts=not known.hides_reads,
    )
