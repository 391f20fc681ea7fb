"""What is from before a shorter retention goes by and by, once for each change (SPEC §6)."""

import pytest

from parley.domain.clearing import is_shorter
from parley.domain.ids import RoomId, TenantId
from parley.errors import StoreUnavailable
from parley.protocol.rest import PutTenantSettings
from parley.services import clearing
from tests.support.memory import World

DAY_S = 86_400
ACME = TenantId("acme")


class Scene:
    """Two tenants with a message a day in a group each, kept for ever."""

    def __init__(self, days: int = 0, messages: int = 8) -> None:
        """Let the days pass."""
        self.world = World(retention_days=days)
        self.rooms: dict[str, str] = {}
        for tenant in ("acme", "other"):
            ann = self.world.person("ann", tenant)
            self.rooms[tenant] = self.world.group(ann, "bob")
        for _ in range(messages):
            for tenant, room_id in self.rooms.items():
                self.world.say(self.world.person("ann", tenant), room_id)
            self.world.wait(DAY_S)

    def put(self, days: int | None, tenant: str = "acme") -> None:
        """Change a tenant's setting as its admin."""
        admin = self.world.caller("admin", tenant, role="tenant_admin")
        command = PutTenantSettings(retention_days=days)
        tenants = self.world.app.tenants_service
        tenants.replace(self.world.rest_connection(admin), None, command)

    def minutes(self, count: int) -> None:
        """Let minutes pass, each with its slice."""
        for _ in range(count):
            self.world.wait(60)
            self.world.app.clearing.go_on()

    def kept(self, tenant: str = "acme") -> list[int]:
        """Return for how many days each message of a tenant is kept, as it is stored."""
        place = TenantId(tenant), RoomId(self.rooms[tenant])
        page = self.world.out.messages.page(*place, limit=100, newest=True)
        return [message.kept_days for message in page]

    def calls(self, name: str) -> int:
        """Return how often a method of the store was called."""
        return self.world.out.calls.count(f"clearing.{name}")


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_shorter_time_is_set_for_what_was_stored_before_and_for_nobody_else(
    scene: Scene,
) -> None:
    scene.put(3)
    scene.minutes(2)
    assert scene.kept() == [3] * 8
    assert scene.kept("other") == [0] * 8
    # What was stored before counts for the room's end, which is stored by itself now.
    room_id = RoomId(scene.rooms["acme"])
    assert scene.world.out.messages.ends(ACME, [room_id]) == {room_id: 8}
    for seq in range(1, 9):
        scene.world.out.messages.remove(ACME, room_id, seq)
    scene.world.flush_redis()
    assert scene.world.say(scene.world.person("ann"), room_id)["seq"] == 9


def test_a_slice_waits_until_everybody_follows_the_setting(scene: Scene) -> None:
    scene.put(3)
    scene.world.wait(59)
    scene.world.app.clearing.go_on()
    assert scene.kept() == [0] * 8
    scene.world.wait(1)
    scene.world.app.clearing.go_on()
    assert scene.kept() == [3] * 8


def test_one_pass_for_each_change_and_then_one_read_a_minute(scene: Scene) -> None:
    scene.put(3)
    scene.minutes(3)
    pages = scene.calls("page")
    scene.world.out.calls.clear()
    scene.minutes(10)
    assert pages > 0
    assert [call for call in scene.world.out.calls if call.startswith("clearing.")] == [
        "clearing.state"
    ] * 10
    scene.put(2)
    scene.minutes(2)
    assert scene.calls("page") == pages
    assert scene.kept() == [2] * 8


@pytest.mark.parametrize(("before", "after"), [(3, 3), (3, 9), (3, 0), (3, None), (0, None)])
def test_nothing_is_gone_through_for_a_time_that_is_not_shorter(
    scene: Scene, before: int, after: int | None
) -> None:
    scene.put(before)
    scene.minutes(3)
    asked = scene.calls("ask")
    scene.put(after)
    scene.minutes(3)
    assert scene.calls("ask") == asked


def test_what_goes_earlier_already_stays_so(scene: Scene) -> None:
    scene.put(2)
    scene.minutes(2)
    scene.put(0)
    scene.put(9)
    scene.minutes(2)
    assert scene.kept() == [2] * 8


def test_a_pass_goes_on_where_the_last_slice_ended(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.put(3)
    # Each slice does one page, of three messages of the 16.
    scene.world.out.faults["clearing.page"].extend([lambda: scene.world.out.clock.advance(1)] * 20)
    monkeypatch.setattr(clearing, "SLICE_S", 0.5)
    done = []
    for _ in range(7):
        scene.minutes(1)
        done.append(scene.kept().count(3))
    assert done == [3, 6, 8, 8, 8, 8, 8]
    assert scene.calls("page") == 6


def test_a_change_during_a_pass_gets_a_pass_of_its_own(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clearing, "SLICE_S", 0.5)
    scene.world.out.faults["clearing.page"].extend([lambda: scene.world.out.clock.advance(1)] * 40)
    scene.put(3)
    scene.minutes(2)
    scene.put(2)
    scene.minutes(12)
    assert scene.kept() == [2] * 8
    assert scene.calls("page") == 12


def test_a_store_that_is_away_only_delays_it(scene: Scene) -> None:
    scene.put(3)
    for name in ("clearing.state", "clearing.page", "clearing.limit", "clearing.note"):
        scene.world.out.faults[name].append(StoreUnavailable("away"))
    scene.minutes(4)
    assert scene.kept().count(3) < 9
    scene.minutes(2)
    assert scene.kept() == [3] * 8


def test_a_setting_that_was_not_stored_may_have_been_asked_for_in_vain(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    with monkeypatch.context() as broken:
        broken.setattr(type(scene.world.out.tenants), "put_tenant_settings", away)
        with pytest.raises(StoreUnavailable):
            scene.put(3)
    scene.minutes(2)
    assert scene.kept() == [0] * 8
    assert scene.calls("ask") == 1


def test_a_shorter_default_is_noticed_after_a_deployment() -> None:
    scene = Scene()
    scene.minutes(2)
    assert scene.calls("ask") == 0
    for default, kept in ((30, 30), (5, 5), (9, 5), (0, 5), (7, 5), (4, 4)):
        redeployed = World(retention_days=default)
        redeployed.out.clock = scene.world.out.clock
        for name in ("messages", "clearing", "tenants"):
            setattr(redeployed.out, name, getattr(scene.world.out, name))
        for _ in range(3):
            redeployed.wait(60)
            redeployed.app.clearing.go_on()
        assert scene.kept() == scene.kept("other") == [kept] * 8


@pytest.mark.parametrize(
    ("days", "before", "shorter"),
    [(1, 0, True), (1, 2, True), (2, 2, False), (3, 2, False), (0, 2, False), (0, 0, False)],
)
def test_for_ever_is_longer_than_any_time(days: int, before: int, shorter: bool) -> None:
    assert is_shorter(days, before) is shorter
