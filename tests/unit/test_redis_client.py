"""The way to Redis by settings, and a login that follows its secret."""

from collections.abc import Iterator

import pytest

from parley.adapters.redis.login import LOOK_AGAIN_S, Account, RotatingLogin
from parley.bootstrap.redis_client import redis_client
from parley.errors import BadSetting
from parley.settings import Settings

URL = "rediss://cache.example:6379"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (Settings(), "PARLEY_REDIS_URL is not set"),
        (Settings(redis_url="nowhere"), "must be rediss://"),
        (Settings(redis_iam_user="u", redis_iam_cache="c"), "PARLEY_REDIS_URL is not set"),
        (Settings(redis_iam_user="u", redis_url=URL), "PARLEY_REDIS_IAM_CACHE is not set"),
        (Settings(redis_iam_cache="c", redis_url=URL), "PARLEY_REDIS_IAM_USER is not set"),
        (
            Settings(redis_iam_user="u", redis_iam_cache="c", redis_url="redis://cache.example"),
            "PARLEY_REDIS_URL must begin with rediss://",
        ),
    ],
)
def test_settings_that_lead_nowhere_are_named(settings: Settings, complaint: str) -> None:
    with pytest.raises(BadSetting, match=complaint):
        redis_client(settings)


def test_each_way_is_made_without_connecting() -> None:
    for settings in (
        Settings(redis_url="redis://127.0.0.1:1"),
        Settings(redis_url=URL, redis_cluster=True),
        Settings(redis_url=URL, redis_cluster=True, redis_iam_user="u", redis_iam_cache="c"),
    ):
        redis_client(settings).close()


# --- A password that is changed ------------------------------------------------------------------


class Secret:
    """A secret, and a clock."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.kept: Account | None = Account("u", "old")
        self.looks = 0

    def look(self) -> Account | None:
        self.looks += 1
        return self.kept


@pytest.fixture
def secret() -> Secret:
    return Secret()


@pytest.fixture
def login(secret: Secret) -> Iterator[RotatingLogin]:
    yield RotatingLogin(Account("u", "old"), secret.look, lambda: secret.now_s)
    assert "old" not in repr(secret.kept)


def test_a_login_that_was_refused_is_looked_up_and_used(
    secret: Secret, login: RotatingLogin
) -> None:
    assert login.get_credentials() == ("u", "old")
    secret.kept = Account("u", "new")
    assert login.get_credentials() == ("u", "old")
    assert login.renew()
    assert login.get_credentials() == ("u", "new")


def test_however_often_it_is_refused_the_secret_is_looked_at_every_ten_seconds_only(
    secret: Secret, login: RotatingLogin
) -> None:
    for _ in range(100):
        assert not login.renew()
        secret.now_s += 0.5
    assert secret.looks == 50 / LOOK_AGAIN_S


def test_a_secret_that_cannot_be_read_leaves_the_login_as_it_was(
    secret: Secret, login: RotatingLogin
) -> None:
    secret.kept = None
    assert not login.renew()
    assert login.get_credentials() == ("u", "old")
