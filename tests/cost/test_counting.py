"""The counting itself: what is asked once more is counted once more."""

from collections.abc import Callable

from bench.cost.bills import Bill, differences
from parley import observability
from parley.domain.ids import RoomId, TenantId
from tests.support.cost.cloud import Cloud
from tests.support.cost.counting import bill_of, warm
from tests.support.cost.operations import Operation
from tests.support.cost.preparations import Act
from tests.support.cost.running import running_cloud
from tests.support.cost.scenes import Scene

More = Callable[[Scene], object]


def typing_and(more: More) -> Operation:
    """Return an operation that does something besides."""

    def prepare(scene: Scene) -> Act:
        scene.direct()

        def act() -> None:
            scene.people[0].send("typing.start", roomId=scene.room_id)
            more(scene)

        return act

    return Operation("typing", prepare)


def read_once_more(scene: Scene) -> None:
    rooms = scene.cloud.app.adapters.rooms
    assert rooms.room(TenantId(scene.tenant), RoomId(scene.room_id)) is not None


def ask_redis_once_more(scene: Scene) -> None:
    scene.cloud.app.adapters.presence.count_online(TenantId(scene.tenant))


def log_once_more(scene: Scene) -> None:
    observability.info("one_more_line", text="x" * 100)


def queue_once_more(scene: Scene) -> None:
    record = {"kind": "presence", "tenantId": scene.tenant}
    scene.cloud.app.adapters.queue.ask(record, 60.0)


def dearer(cloud: Cloud, plain: Bill, more: More) -> set[str]:
    counted = bill_of(cloud, typing_and(more))
    return {told.partition(":")[0] for told in differences(counted, plain)}


def test_what_an_operation_does_besides_makes_it_dearer() -> None:
    with running_cloud() as cloud:
        warm(cloud)
        plain = bill_of(cloud, typing_and(lambda _: None))
        assert dearer(cloud, plain, lambda _: None) == set()
        assert dearer(cloud, plain, read_once_more) == {"dynamodb", "read_units"}
        assert dearer(cloud, plain, log_once_more) == {"log_bytes", "log_lines"}
        asked = {"redis", "redis_commands", "ecpu"}
        assert dearer(cloud, plain, ask_redis_once_more) == asked
        assert {"sqs", "invocations"} < dearer(cloud, plain, queue_once_more)
