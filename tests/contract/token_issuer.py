"""An issuer for the token contract: its keys, its claims, and a server for its key set."""

import base64
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from typing_extensions import override

from parley.adapters.memory.clock import MemoryClock
from parley.domain.tokens import Expected

SECRET = "a-secret-of-more-than-thirty-two-bytes"
EXPECTED = Expected(issuer="https://login.example", audience="parley")
CLOCK = MemoryClock()
NOW = int(CLOCK.now().timestamp())
GOOD: dict[str, Any] = {
    "sub": "ann",
    "tenantId": "acme",
    "iat": NOW - 10,
    "exp": NOW + 600,
    "iss": "https://login.example",
    "aud": "parley",
}
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()


def claims_with(**changes: Any) -> dict[str, Any]:
    """Return the good claims with these changed; None removes one."""
    changed = {**GOOD, **changes}
    return {name: value for name, value in changed.items() if value is not None}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class JwksServer(ThreadingHTTPServer):
    """Serves whatever it is told to, and counts."""

    daemon_threads = True
    status = 200
    body: bytes = b""
    drip_s = 0.0
    fetches = 0
    location: str | None = None

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client leaves early."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/jwks.json"

    def publish(self, *keys: Mapping[str, Any]) -> None:
        self.body = json.dumps({"keys": keys}).encode()


class JwksHandler(BaseHTTPRequestHandler):
    server: JwksServer

    def do_GET(self) -> None:
        self.server.fetches += 1
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        if not self.server.drip_s:
            self.wfile.write(self.server.body)
            return
        for byte in self.server.body:
            self.wfile.write(bytes([byte]))
            time.sleep(self.server.drip_s)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def public_jwk(key: Any, kid: str, **more: Any) -> dict[str, Any]:
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        jwk = RSAAlgorithm.to_jwk(public)
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(public)
    else:
        jwk = OKPAlgorithm.to_jwk(public)
    return {**json.loads(jwk), "kid": kid, **more}


class IntrospectionServer(JwksServer):
    """Answers for the tokens that it gave out, and writes down what it was asked."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.answers: dict[str, Any] = {}
        self.asked: list[dict[str, list[str]]] = []
        self.authorizations: list[str | None] = []

    @property
    @override
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/introspect?v=1"

    def issue(self, claims: Mapping[str, Any]) -> str:
        """Return an opaque token that this server vouches for."""
        token = f"opaque~{len(self.answers)}"
        self.answers[token] = {"active": True, **claims}
        return token


class IntrospectionHandler(JwksHandler):
    server: IntrospectionServer

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.asked.append(form)
        self.server.authorizations.append(self.headers["Authorization"])
        answer = self.server.answers.get(form["token"][0], {"active": False})
        self.server.body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.do_GET()


@contextmanager
def introspecting() -> Iterator[IntrospectionServer]:
    """Run an introspection server on a free port of 127.0.0.1."""
    with IntrospectionServer(("127.0.0.1", 0), IntrospectionHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextmanager
def serving() -> Iterator[JwksServer]:
    """Run a server on a free port of 127.0.0.1."""
    with JwksServer(("127.0.0.1", 0), JwksHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
