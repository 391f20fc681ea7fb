"""People in DynamoDB: profiles, the directory, tenants that were seen, and revocation.

The directory has an item for each word of each person. It is written in one transaction with the
profile, but read before it, and so a hint: the profile decides who is found.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from parley.adapters.dynamodb import items, layout
from parley.adapters.dynamodb.errors import (
    ConditionFailed,
    StoreContended,
    TransactionCanceled,
    telling_doubt,
)
from parley.adapters.dynamodb.items import Item
from parley.adapters.dynamodb.table import Table, Update, attributes_of, key_of
from parley.adapters.keys import decode, encode
from parley.domain.directory import indexed_words, is_filed_first, matches
from parley.domain.ids import TenantId, UserId, home_of
from parley.domain.people import Profile
from parley.services.outcomes import once_stored

MAX_SEEN_TENANTS = 10_000
WRITE_TRIES = 5
# One page of a search reads at most so often, however few of those whom it meets match.
MAX_LOOKS = 10
MIN_LOOK = 25

_FIELDS = ("name", "picture", "role", "email")
# No key part has a character before the space, so that nothing lies between a key and this.
_NEXT = " "
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class DynamoUserStore:
    """`parley.ports.UserStore` on DynamoDB."""

    table: Table
    _seen: set[TenantId] = field(default_factory=set, repr=False)

    def remember(self, profile: Profile) -> Profile:
        """Store what a token said of a user, and that the tenant exists.

        One read where nothing is new, else one transaction besides.
        """
        return self._store(profile, Profile.told)

    def put(self, profile: Profile) -> Profile:
        """Store a profile as the customer's backend wants it; costs as `remember`."""
        return self._store(profile, Profile.replaced)

    def _store(self, said: Profile, combine: Callable[[Profile, Profile], Profile]) -> Profile:
        home, user_id = home_of(said.tenant_id, said.user_id), said.user_id
        self._see(said.tenant_id)
        for attempt in range(WRITE_TRIES):
            # It may have been ourselves who were faster, unanswered.
            with once_stored(stored=attempt > 0):
                item = self.table.get(layout.profile_key(home, user_id)) or {}
                version = items.read_number(item, "version")
                known = items.profile_of(item, home, user_id)
                wanted = combine(known, said)
                if (version and wanted == known) or self._change(known, wanted, version):
                    return wanted
        raise StoreContended("profile")

    def _change(self, known: Profile, wanted: Profile, version: int) -> bool:
        try:
            with telling_doubt():
                self.table.transact(_writes(known, wanted, version))
        except TransactionCanceled:
            # Somebody else was faster; perhaps with the same, in another tab.
            return False
        return True

    def hide_reads(self, home: TenantId, user_id: UserId, *, hidden: bool) -> None:
        """Set whether nobody sees what this user has read; one write."""
        update = Update(
            layout.profile_key(home, user_id),
            "SET #hides = :hides",
            {"#hides": "hidesReads"},
            {":hides": {"BOOL": hidden}},
        )
        with telling_doubt():
            self.table.update(update)

    def profiles(self, tenant_id: TenantId, user_ids: Collection[UserId]) -> dict[UserId, Profile]:
        """Return the known ones of these users; one request for 100 of them."""
        wanted = {layout.profile_key(home_of(tenant_id, user), user): user for user in user_ids}
        found = {wanted[key_of(item)]: item for item in self.table.batch_get(wanted)}
        return {
            user: items.profile_of(item, home_of(tenant_id, user), user)
            for user, item in found.items()
        }

    def search(
        self, tenant_id: TenantId, words: Sequence[str], after: str | None, limit: int
    ) -> tuple[list[Profile], str | None]:
        """Return users of a tenant by the beginnings of their words, in order of the words.

        Looks the longest word up, which the fewest have, and judges the others by the profiles:
        two requests for each look, at most ten looks.
        """
        prefix = max(words, key=len, default="")
        size = max(limit, MIN_LOOK)
        found: list[Profile] = []
        for _ in range(MAX_LOOKS):
            places = self._places(tenant_id, prefix, after, size)
            profiles = self.profiles(tenant_id, [layout.word_of(place)[1] for place in places])
            for number, place in enumerate(places, 1):
                word, user_id = layout.word_of(place)
                profile, after = profiles.get(user_id), place
                if profile and is_filed_first(profile, word, prefix) and matches(profile, words):
                    found.append(profile)
                if len(found) == limit:
                    return found, after if number < len(places) or number == size else None
            if len(places) < size:
                return found, None
        return found, after

    def _places(self, tenant_id: TenantId, prefix: str, after: str | None, size: int) -> list[str]:
        low = encode(prefix) or "#"
        high = encode(prefix) + _LAST if prefix else "$"
        if after is not None:
            low = max(low, after + _NEXT)
        # The place may be one in another search.
        if low > high:
            return []
        pk = layout.directory_partition(tenant_id)
        return [item["sk"]["S"] for item in self.table.query(pk, low, high, limit=size)]

    def tenant_exists(self, tenant_id: TenantId) -> bool:
        """Tell whether anybody of this tenant was ever seen."""
        return self.table.get(layout.tenant_key(tenant_id)) is not None

    def tenants(self, after: TenantId | None, limit: int) -> list[TenantId]:
        """Return known tenants in order of their keys, from behind one of them on; one query."""
        low = _NEXT if after is None else encode(after) + _NEXT
        known = self.table.query(layout.TENANTS, low, _LAST, limit=limit)
        return [TenantId(decode(item["sk"]["S"])) for item in known]

    def revoked_before(self, home: TenantId, user_id: UserId) -> int:
        """Return the epoch second before which this user's tokens are refused; 0 if never."""
        item = self.table.get(layout.revoked_key(home, user_id))
        return 0 if item is None else items.read_number(item, "before")

    def revoke(self, home: TenantId, user_id: UserId, before: int) -> None:
        """Refuse the user's tokens issued before this epoch second. Only ever moves forward."""
        update = Update(
            layout.revoked_key(home, user_id),
            "SET #before = :before",
            {"#before": "before"},
            {":before": {"N": str(before)}},
            "attribute_not_exists(#before) OR #before < :before",
        )
        # Where the condition does not hold, a later second is there already.
        with suppress(ConditionFailed), telling_doubt():
            self.table.update(update)

    def _see(self, tenant_id: TenantId) -> None:
        # Once a process: everybody of a tenant who reconnects would read this one item.
        if tenant_id in self._seen:
            return
        if not self.tenant_exists(tenant_id):
            self.table.put(layout.tenant_key(tenant_id), {})
        if len(self._seen) < MAX_SEEN_TENANTS:
            self._seen.add(tenant_id)


def _writes(known: Profile, wanted: Profile, version: int) -> list[Mapping[str, Any]]:
    """Return the change of a profile, and of the words under which it is filed."""
    home, user_id = wanted.tenant_id, wanted.user_id
    # Without a version only the wish is there, and nothing is filed yet.
    before = set(indexed_words(known)) if version else set()
    after = set(indexed_words(wanted))
    fresh = [layout.word_key(home, word, user_id) for word in sorted(after - before)]
    stale = [layout.word_key(home, word, user_id) for word in sorted(before - after)]
    return [
        {"Update": _profile_update(wanted, version).request()},
        *({"Put": {"Item": attributes_of(key)}} for key in fresh),
        *({"Delete": {"Key": attributes_of(key)}} for key in stale),
    ]


def _profile_update(wanted: Profile, version: int) -> Update:
    """Return the change of one version of a profile into the next; ``hidesReads`` is left alone."""
    item: Item = items.profile_item(replace(wanted, hides_reads=False))
    sets = [f"#{name} = :{name}" for name in item]
    removes = [f"#{name}" for name in _FIELDS if name not in item]
    expression = "SET " + ", ".join(["#version = :next", *sets])
    values: Item = {f":{name}": value for name, value in item.items()}
    values[":next"] = {"N": str(version + 1)}
    if version:
        values[":version"] = {"N": str(version)}
    return Update(
        layout.profile_key(wanted.tenant_id, wanted.user_id),
        expression + (" REMOVE " + ", ".join(removes) if removes else ""),
        {"#version": "version", **{f"#{name}": name for name in _FIELDS}},
        values,
        "#version = :version" if version else "attribute_not_exists(#version)",
    )
