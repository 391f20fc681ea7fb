"""People with connections, who do what clients do: tickets, handshakes, frames, requests."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

import jwt

from tests.handlers.conftest import handshake, sample
from tests.support.cost.cloud import Cloud
from tests.support.rest import request_event

TOKEN_TTL_S = 7_200
_numbers = itertools.count(1)

Json = dict[str, Any]


@dataclass
class Person:
    """Somebody of a tenant, with at most one connection."""

    cloud: Cloud
    tenant: str
    name: str
    secret: str
    authorizer: Json = field(default_factory=dict)
    connection_id: str = ""
    connected_ms: int = 0

    def ticket(self) -> str:
        """Ask for a ticket, as a page does before it connects."""
        return str(self.rest("POST", "/ticket")["ticket"])

    def connect(self, ticket: str) -> None:
        """Open a connection with a ticket."""
        policy = self.cloud.invoke("authorizer", handshake({"ticket": ticket}))
        assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"
        context = {**policy["context"], "principalId": policy["principalId"]}
        self.authorizer = {**context, "integrationLatency": 41}
        self.connection_id = f"Conn{next(_numbers):06}AbCd="
        self.connected_ms = self._now_ms()
        answer = self.cloud.invoke("connect", self._event(sample("connect")))
        assert answer["statusCode"] == 200

    def disconnect(self) -> None:
        """Let the connection end."""
        self.cloud.invoke("disconnect", self._event(sample("disconnect")))

    def come(self) -> None:
        """Connect and sync."""
        self.connect(self.ticket())
        self.do("sync.start")

    def send(self, operation: str, **data: Any) -> Json | None:
        """Send a frame; return the reply, if there is one."""
        action, _, op = operation.partition(".")
        frame = {"action": action, "op": op, "id": f"q-{next(_numbers)}", "data": data}
        event = self._event(sample("message"))
        event["requestContext"]["routeKey"] = action
        event["body"] = json.dumps(frame, separators=(",", ":"))
        reply = self.cloud.frame(event, action)
        return None if reply is None else json.loads(reply)

    def do(self, operation: str, **data: Any) -> Json:
        """Send a frame, and return what its reply says."""
        reply = self.send(operation, **data)
        assert reply is not None
        assert reply["ok"], reply
        return dict(reply["data"])

    def rest(self, method: str, path: str, body: object = None) -> Json:
        """Send a request to the REST API, and return what its answer says."""
        bearer = {"authorization": f"Bearer {self._token()}"}
        event = request_event(sample("http"), method, path, body=body, **bearer)
        event["requestContext"]["timeEpoch"] = self._now_ms()
        answer = self.cloud.http(event)
        assert answer["statusCode"] == 200, answer
        return dict(json.loads(answer["body"]))

    def _event(self, event: Json) -> Json:
        context = event["requestContext"]
        context |= {"connectionId": self.connection_id, "connectedAt": self.connected_ms}
        context["requestId"] = f"Req{next(_numbers):08}AbC="
        context["authorizer"] = self.authorizer
        return event

    def _token(self) -> str:
        now = self._now_ms() // 1_000
        claims = {"sub": self.name, "tenantId": self.tenant, "name": self.name.title()}
        times = {"iat": now, "exp": now + TOKEN_TTL_S}
        return jwt.encode({**claims, "role": "member", **times}, self.secret, algorithm="HS256")

    def _now_ms(self) -> int:
        return int(self.cloud.clock.now().timestamp() * 1_000)
