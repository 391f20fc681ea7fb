"""The URL of Redis: what is read from it, what is refused, and that no error repeats it."""

import pytest

from parley.adapters.redis.address import Address, parse
from parley.adapters.redis.client import RedisClient
from parley.adapters.redis.login import Account, Login
from parley.errors import BadSetting

PASSWORD = "hunter2"


@pytest.mark.parametrize(
    ("url", "address", "account"),
    [
        ("redis://127.0.0.1", Address("127.0.0.1", 6379, tls=False), Account()),
        ("rediss://h.example:6380/", Address("h.example", 6380, tls=True), Account()),
        ("rediss://:p%40ss@h:1/3", Address("h", 1, tls=True, database=3), Account("", "p@ss")),
        ("rediss://a%2Fb:c%3Ad@[::1]:1", Address("::1", 1, tls=True), Account("a/b", "c:d")),
    ],
)
def test_a_url_names_a_server_and_an_account(url: str, address: Address, account: Account) -> None:
    assert parse(url) == (address, account)


@pytest.mark.parametrize(
    "url",
    [
        "",
        PASSWORD,
        f"https://u:{PASSWORD}@h:1",
        f"rediss://u:{PASSWORD}@",
        f"rediss://u:{PASSWORD}@h:port",
        f"rediss://u:{PASSWORD}@h:70000",
        f"rediss://u:{PASSWORD}#1@h:1",
        f"rediss://u:{PASSWORD}/1@h:1",
        f"rediss://u:{PASSWORD}@[::1:6379",
        f"rediss://u:{PASSWORD}@h:1/zero",
        f"rediss://u:{PASSWORD}@h:1?ssl_cert_reqs=none",
        f'{{"url": "rediss://u:{PASSWORD}@h:1"}}',
    ],
)
def test_what_is_no_url_of_redis_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^the setting must be rediss://") as refused:
        parse(url, "the setting")
    assert PASSWORD not in str(refused.value)
    # Nor by the traceback, which a log would print with it.
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_an_account_is_printed_without_its_password() -> None:
    assert PASSWORD not in repr(Account("u", PASSWORD))


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (Account(), ()),
        (Account("", "p"), ("p",)),
        (Account("u", "p"), ("u", "p")),
        (Account("u"), ("u", "")),
    ],
)
def test_a_login_says_what_auth_wants(account: Account, words: tuple[str, ...]) -> None:
    login = Login(account)
    assert tuple(login.get_credentials()) == words
    assert not login.renew()


def test_other_servers_of_a_cluster_differ_by_their_address_only() -> None:
    address, _ = parse("rediss://seed:1")
    assert address.at("other", 2) == Address("other", 2, tls=True)
    for unknown in (None, "", "?"):
        assert address.at(unknown, 2) == Address("seed", 2, tls=True)
    assert str(address.at("::1", 2)) == "[::1]:2"


def test_a_cluster_has_one_database() -> None:
    with pytest.raises(BadSetting, match="no database but 0"):
        RedisClient("redis://127.0.0.1/1", cluster=True)
