"""New connections: TLS that is checked, and a greeting of one round trip."""

import ssl
from collections.abc import Mapping
from typing import Any

from redis.connection import Connection, ConnectionPool, SSLConnection
from redis.exceptions import ResponseError
from typing_extensions import override

from parley.adapters.redis.address import Address
from parley.adapters.redis.login import Login


class TlsConnection(SSLConnection):
    """A connection whose certificate is checked against what the process read once.

    redis-py reads all certificates of the machine for each connection: 42 ms here, and three times
    that on a small function.
    """

    def __init__(self, *, tls: ssl.SSLContext, **options: Any) -> None:
        """Remember how to check."""
        super().__init__(**options)
        self._tls = tls

    @override
    def _wrap_socket_with_ssl(self, sock: Any) -> ssl.SSLSocket:
        return self._tls.wrap_socket(sock, server_hostname=self.host)


def checked_tls() -> ssl.SSLContext:
    """Return what trusts the machine's authorities (or those of SSL_CERT_FILE) and checks names."""
    return ssl.create_default_context()


class Greeting:
    """What a new connection says first, all of it in one round trip."""

    def __init__(self, login: Login, name: str, database: int) -> None:
        """Remember the words.

        Args:
            login: Who we are.
            name: How the connection is called in CLIENT LIST; servers may refuse that.
            database: Chosen where it is not the first.
        """
        self._login = login
        self._name = name
        self._database = database

    def __call__(self, connection: Any) -> None:
        """Greet over a connection that was just made; redis-py's own makes a trip for each word."""
        connection._parser.on_connect(connection)
        account = self._login.get_credentials()
        said = [("AUTH", *account)] if account else []
        if self._database:
            said.append(("SELECT", str(self._database)))
        said.append(("CLIENT", "SETNAME", self._name))
        connection.send_packed_command(connection.pack_commands(said), check_health=False)
        self._hear(connection, said)

    def _hear(self, connection: Any, said: list[tuple[str, ...]]) -> None:
        for command, *_ in said:
            patience_s = self._login.patience_s if command == "AUTH" else None
            try:
                connection.read_response(**{"timeout": patience_s} if patience_s else {})
            except ResponseError:
                if command != "CLIENT":
                    raise


def pool_for(
    address: Address, login: Login, tls: ssl.SSLContext | None, options: Mapping[str, Any]
) -> ConnectionPool:
    """Return an empty pool of connections to a server.

    Args:
        address: The server.
        login: What it is told.
        tls: How its certificate is checked, where it has one.
        options: Of redis-py, ``client_name`` among them.
    """
    kind: dict[str, Any] = {"connection_class": Connection}
    if address.tls:
        kind = {"connection_class": TlsConnection, "tls": tls or checked_tls()}
    greeting = Greeting(login, options["client_name"], address.database)
    return ConnectionPool(
        host=address.host, port=address.port, redis_connect_func=greeting, **kind, **options
    )
