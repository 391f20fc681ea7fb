"""Handlers that run at once, in every order of their calls to the store of presence and to pushes.

Each call is atomic (one script); what is between two calls of one handler is anybody's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from parley.domain.people import Connection
from parley.domain.presence import Status
from parley.protocol.views import PresenceUpdate
from tests.contract.presence_worlds import *  # noqa: F403
from tests.contract.presence_worlds import MakeWorld, put_presence, shown_of, told_to_all
from tests.support.interleaving import Handler, every_order
from tests.support.memory import World

ACME = "acme"


@dataclass
class Scene:
    """Somebody called alice, and bob who watches.

    Attributes:
        alive: Which of alice's connections are open in the end.
    """

    world: World
    bob: Connection
    alive: list[Connection] = field(default_factory=list)

    def device(self) -> Connection:
        """Return a connection of alice that nobody registered."""
        return self.world.connection(self.world.caller("alice"))

    def here(self) -> Connection:
        """Return a connection of alice that everybody knows of."""
        connection = self.world.person("alice")
        self.world.settle()
        return connection

    def connect(self, connection: Connection) -> Handler:
        return lambda: self.world.app.presence.connected(connection)

    def disconnect(self, connection: Connection) -> Handler:
        return lambda: self.world.app.presence.disconnected(connection)

    def beat(self, connection: Connection, status: str = "online") -> Handler:
        return lambda: self.world.tell(connection, "presence.heartbeat", status=status)

    def flush(self) -> Handler:
        return lambda: self.world.app.presence.flush(self.bob.caller.tenant_id)

    def sweep(self) -> Handler:
        return self.world.app.presence.sweep


Setup = Callable[[Scene], list[Handler]]


def a_reconnect_before_the_disconnect(scene: Scene) -> list[Handler]:
    old, new = scene.here(), scene.device()
    scene.alive = [new]
    return [scene.connect(new), scene.disconnect(old)]


def a_disconnect_before_its_connect_ends(scene: Scene) -> list[Handler]:
    device = scene.device()
    return [scene.connect(device), scene.disconnect(device)]


def a_disconnect_while_a_forgotten_connection_is_heard(scene: Scene) -> list[Handler]:
    device = scene.device()
    return [scene.beat(device), scene.disconnect(device)]


def a_late_heartbeat_of_the_old_one_and_a_new_one(scene: Scene) -> list[Handler]:
    old, new = scene.here(), scene.device()
    scene.alive = [new]
    scene.world.app.presence.disconnected(old)
    return [scene.beat(old, "away"), scene.connect(new)]


def a_push_that_finds_an_opening_connection_gone(scene: Scene) -> list[Handler]:
    device = scene.device()
    scene.alive = [device]
    world = scene.world
    world.out.push.answer(device.connection_id, 410)

    def push() -> None:
        targets = world.out.presence.targets(device.caller.tenant_id, [device.caller.user_id])
        world.app.delivery.send(targets, "presence:update", PresenceUpdate(users=[]))

    return [scene.connect(device), push]


def all_three_of_a_handover(scene: Scene) -> list[Handler]:
    old, new = scene.here(), scene.device()
    scene.alive = [new]
    return [scene.connect(new), scene.disconnect(old), scene.beat(old, "away")]


def two_flushes_and_a_disconnect(scene: Scene) -> list[Handler]:
    here = scene.here()
    scene.world.out.presence.heartbeat(here, Status.AWAY)
    return [scene.flush(), scene.flush(), scene.disconnect(here)]


def a_change_while_the_last_one_is_being_told(scene: Scene) -> list[Handler]:
    here = scene.here()
    scene.alive = [here]
    return [scene.beat(here, "away"), scene.beat(here, "online")]


def a_sweep_of_a_silent_one_and_a_reconnect(scene: Scene) -> list[Handler]:
    scene.here()
    scene.world.wait(95)
    new = scene.device()
    scene.alive = [new]
    return [scene.sweep(), scene.connect(new)]


SCENES = [
    a_reconnect_before_the_disconnect,
    a_disconnect_before_its_connect_ends,
    a_disconnect_while_a_forgotten_connection_is_heard,
    a_late_heartbeat_of_the_old_one_and_a_new_one,
    a_push_that_finds_an_opening_connection_gone,
    all_three_of_a_handover,
    two_flushes_and_a_disconnect,
    a_change_while_the_last_one_is_being_told,
    a_sweep_of_a_silent_one_and_a_reconnect,
]


def check(scene: Scene, order: object) -> None:
    """See that alice is shown and was told as she is: soon, and when a lease would have ended."""
    world = scene.world
    world.wait(10)
    check_now(scene, order)
    for _ in range(2):
        world.wait(50)
        for connection in scene.alive:
            world.do(connection, "presence.heartbeat")
        world.app.presence.sweep()
    world.wait(7)
    check_now(scene, order)


def check_now(scene: Scene, order: object) -> None:
    shown = shown_of(scene.world, ACME, "alice")
    assert (shown is not Status.OFFLINE) == bool(scene.alive), order
    told = told_to_all(scene.world, "alice")[scene.bob.connection_id]
    assert told[-1:] in ([shown.value], []), (order, told)


@pytest.mark.scenario("C2", "C3", "C5", "R10")
@pytest.mark.parametrize("setup", SCENES, ids=lambda setup: setup.__name__)
def test_handlers_that_run_at_once_leave_the_truth(make_world: MakeWorld, setup: Setup) -> None:
    orders = 0
    for gate in every_order():
        world = make_world()
        put_presence(world, gate.wrap(world.out.presence))
        world.out.push = gate.wrap(world.out.push)
        scene = Scene(world, world.person("bob"))
        world.settle()
        gate.run(setup(scene))
        check(scene, [chosen for chosen, _ in gate.taken])
        orders += 1
    assert orders > 1
