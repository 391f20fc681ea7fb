"""By REST, too, nobody learns or changes anything of a room that they are not in (SPEC §1, §7)."""

from collections.abc import Iterator

import pytest

from parley import bootstrap
from parley.domain.rooms import Roster
from parley.http.routes import chosen
from parley.http.table import ROUTES
from tests.handlers.conftest import Context, handler_of, sample
from tests.support.attacks import (
    ATTACKERS,
    REST_ON_PEOPLE,
    REST_ON_ROOMS,
    Request,
    differences,
    harm,
    scenes,
)
from tests.support.rest import Rest
from tests.support.scenes import Attacker, Ids, Json, Scene

SCENES = list(scenes())
# They are open to everybody, and know nothing of anybody.
OPEN_PATHS = {route.path for route in ROUTES if route.is_open}


@pytest.fixture(autouse=True)
def _nobodys_app() -> Iterator[None]:
    yield
    bootstrap.use(None)


class Attack:
    """An attacker's REST client in a scene of its own."""

    def __init__(self, scene: Scene, ids: Ids) -> None:
        handler = handler_of("http")
        self.scene = scene
        self.ids = ids
        self.rest = Rest(
            scene.world,
            lambda event, _: handler(event, Context()),
            lambda: sample("http"),
            scene.asker.caller,
        )

    def answer(self, request: Request) -> tuple[Json, list[str]]:
        method, path, body, query = (self.ids.fill(part) for part in request)
        self.scene.world.out.calls.clear()
        bootstrap.use(self.scene.world.app)
        status, _, data = self.rest.answer(method, path, body, **query)
        return {"status": status, **data}, list(self.scene.world.out.calls)


def requests(scene: Scene) -> Iterator[tuple[Request, bool]]:
    yield from ((request, True) for request in REST_ON_ROOMS)
    if scene.is_outside and not scene.asker.caller.spaces:
        yield from ((request, False) for request in REST_ON_PEOPLE)


def problems(kind: str, attacker: Attacker, *, cold: bool) -> list[str]:
    first, second = Scene(kind, attacker, cold=cold), Scene(kind, attacker, cold=cold)
    one, other = Attack(first, first.foreign), Attack(second, second.unknown)
    found = []
    for request, refused in requests(first):
        foreign, calls = one.answer(request)
        unknown, as_many = other.answer(request)
        learnt = list(differences(first, (foreign, unknown), (one.ids, other.ids), refused))
        if calls != as_many:
            learnt.append(f"took {calls}, not {as_many}")
        found += [f"{request}: {problem}" for problem in learnt]
    return [*found, *harm(first)]


@pytest.mark.scenario("A1", "A11")
@pytest.mark.covers("A-7", "B-111", "B-113", "B-117", "C-52")
@pytest.mark.parametrize("cold", [False, True], ids=["warm", "cold"])
@pytest.mark.parametrize(
    ("kind", "attacker"),
    [(kind, attacker) for _, kind, attacker in SCENES],
    ids=[name for name, _, _ in SCENES],
)
def test_a_room_one_is_not_in_answers_as_one_that_is_not_there(
    kind: str, attacker: Attacker, cold: bool
) -> None:
    assert problems(kind, attacker, cold=cold) == []


def test_a_room_that_is_open_to_all_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Roster, "admits", lambda self, caller: True)
    assert len(problems("group", ATTACKERS["stranger"], cold=False)) > 10


def test_every_route_is_tried() -> None:
    tried = {
        (request[0], chosen(ROUTES, request[0], request[1]).path)
        for request in (*REST_ON_ROOMS, *REST_ON_PEOPLE)
    }
    assert tried == {(r.method, r.path) for r in ROUTES if r.path not in OPEN_PATHS}
