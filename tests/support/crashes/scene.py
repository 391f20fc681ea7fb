"""Where an operation is killed: some people with devices, and a group of them."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from parley.domain.ids import TenantId
from parley.http.api import answer
from tests.support.crashes.people import Person
from tests.support.crashes.world import MortalWorld, Stores
from tests.support.devices import Json
from tests.support.rest import Rest
from tests.support.stack import ROOT

SAMPLE = json.loads((ROOT / "events" / "http.json").read_text(encoding="utf-8"))
SPACES = ("north",)
# Longer than a connection counts as young, or a change of presence waits.
SETTLED_S = 12
# Within every lease.
BEAT_S = 80

T = TypeVar("T")


class Scene:
    """Ann, who owns a group with Ben in it, and three messages there; Cid is not connected.

    Attributes:
        names: What operations call a room or a message, as ``<group>``, and its id.
        records: What was taken from a queue and is not done yet.
    """

    def __init__(self, stores: Stores, tenant: str, settings: Mapping[str, Any]) -> None:
        """Set the scene in a tenant that nobody used."""
        self.tenant = TenantId(tenant)
        self.world = MortalWorld(stores, **settings)
        self.ann = self._person("ann", role="tenant_admin")
        self.ben = self._person("ben")
        self.cid = self._person("cid")
        self.people = [self.ann, self.ben, self.cid]
        self.records: list[Any] = []
        for person in (self.ann, self.ben):
            person.come()
        group = self._done(self.ann, "room.create", type="group", memberIds=["ben"], name="us")
        self.names = {"<group>": str(group["roomId"])}
        for name, who in (("one", self.ann), ("two", self.ben), ("three", self.ben)):
            said = {"roomId": group["roomId"], "clientId": name, "body": name}
            sent = self._done(who, "message.send", **said)
            self.names[f"<{name}>"] = str(sent["message"]["messageId"])

    def _person(self, name: str, **claims: Any) -> Person:
        return Person(self.world, self.world.caller(name, self.tenant, spaces=SPACES, **claims))

    def _done(self, who: Person, operation: str, **data: Any) -> Json:
        reply = who.ask(operation, **data)
        assert reply["ok"], reply
        return cast("Json", reply["data"])

    @property
    def present(self) -> list[Person]:
        """Return those who are connected."""
        return [person for person in self.people if person.connection is not None]

    def fill(self, template: T) -> T:
        """Put ids where their names stand."""
        text = json.dumps(template, ensure_ascii=False)
        for name, value in self.names.items():
            text = text.replace(name, value)
        return cast("T", json.loads(text))

    # --- What goes before --------------------------------------------------------------------

    def ready(self) -> None:
        """Let everything be announced and applied."""
        self.world.relay()
        self.world.wait(SETTLED_S)
        for person in self.present:
            person.hear()
            person.sync()

    def make(self, name: str, who: Person, **data: Any) -> None:
        """Make a room of this name."""
        self.names[name] = str(self._done(who, "room.create", **data)["roomId"])

    def vanish(self, person: Person) -> None:
        """Let somebody's connection be gone without a word."""
        assert person.connection is not None
        self.world.out.push.answer_always(person.connection.connection_id, 410)
        person.connection = None

    def pass_time(self, seconds: float) -> None:
        """Let time pass, with everybody's heartbeats."""
        while seconds > 0:
            self.world.wait(min(seconds, BEAT_S))
            seconds -= BEAT_S
            for person in self.present:
                person.hear()
            for person in self.present:
                person.beat()

    # --- What is asked -----------------------------------------------------------------------

    def request(self, who: Person, method: str, path: str, body: object = None) -> Json:
        """Ask by REST."""
        rest = Rest(
            self.world,
            lambda event, _: answer(event, cast("LambdaContext", None)),
            lambda: cast("Json", json.loads(json.dumps(SAMPLE))),
            who.caller,
        )
        status, _, data = rest.answer(method, path, body)
        return {"ok": True, "data": data} if status == 200 else data
