"""Who the claims of a token say is calling, and how a caller travels as strings."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.domain.ids import MANAGE_TENANT
from parley.domain.people import Caller, Scope
from parley.domain.tokens import (
    MAX_CONTEXT_BYTES,
    Expected,
    caller_from_claims,
    caller_of,
    context_of,
    require_valid,
)
from parley.errors import Forbidden, Unauthorized

CLAIMS: dict[str, Any] = {"sub": "ann", "tenantId": "acme", "iat": 1_000, "exp": 2_000}


def caller(scope: Scope = Scope.TENANT, **changes: Any) -> Caller:
    claims = {key: value for key, value in {**CLAIMS, **changes}.items() if value is not ...}
    return caller_from_claims(claims, scope, "tenantId")


def test_the_least_that_a_token_must_say_is_enough() -> None:
    found = caller()
    assert (found.user_id, found.tenant_id, found.scope) == ("ann", "acme", Scope.TENANT)
    assert (found.role, found.name) == ("member", "ann")
    assert (found.issued_at, found.expires_at) == (1_000, 2_000)
    assert (found.picture, found.email, found.spaces) == (None, None, ())


def test_everything_that_a_token_may_say_is_taken() -> None:
    found = caller(
        name="  Ann\x00 Lee ",
        role="service",
        picture="https://img.example/ann.png",
        email="ann@acme.example",
        spaces=["north", "south", "north"],
    )
    assert (found.name, found.role) == ("Ann Lee", "service")
    assert found.picture == "https://img.example/ann.png"
    assert found.email == "ann@acme.example"
    assert found.spaces == ("north", "south")


def test_the_tenant_claim_has_the_configured_name() -> None:
    claims = {**CLAIMS, "https://acme.example/org": "other"}
    found = caller_from_claims(claims, Scope.TENANT, "https://acme.example/org")
    assert found.tenant_id == "other"


@pytest.mark.parametrize(
    "subject",
    [
        ...,
        None,
        "",
        7,
        True,
        ["ann"],
        "@ann",
        "@manage/ann",
        "a" * 129,
        "a\nb",
        "e\u0301",
        "\ud800",
    ],
)
@pytest.mark.parametrize("scope", Scope)
def test_a_subject_that_is_no_user_id_is_unauthorized(scope: Scope, subject: Any) -> None:
    with pytest.raises(Unauthorized, match="sub"):
        caller(scope, sub=subject, role="super_admin")


@pytest.mark.parametrize("subject", ["a" * 128, "auth0|5f7", "a@b.example", "a:b#c{d}", "李 🙂"])
def test_everything_else_is_allowed_in_a_subject(subject: str) -> None:
    assert caller(sub=subject).user_id == subject


@pytest.mark.parametrize("tenant", [..., None, ""])
def test_a_token_without_tenant_is_refused_with_a_reason_of_its_own(tenant: Any) -> None:
    with pytest.raises(Forbidden, match="names no tenant"):
        caller(tenantId=tenant)


@pytest.mark.parametrize("tenant", [0, 7, ["acme"], "a" * 129, "a\x00", MANAGE_TENANT])
def test_a_tenant_that_is_no_id_is_forbidden(tenant: Any) -> None:
    with pytest.raises(Forbidden, match="no well-formed id"):
        caller(tenantId=tenant)


@pytest.mark.parametrize("tenant", [..., None, "acme", "@manage", 7])
def test_manage_scope_is_the_same_person_whatever_tenant_the_token_names(tenant: Any) -> None:
    found = caller(Scope.MANAGE, role="super_admin", tenantId=tenant, name="Root")
    assert (found.user_id, found.tenant_id) == ("@manage/ann", MANAGE_TENANT)
    assert (found.scope, found.manages, found.name) == (Scope.MANAGE, True, "Root")


@pytest.mark.parametrize(
    "role", [..., None, "", "member", "tenant_admin", "service", "Super_Admin", "super_admin "]
)
def test_manage_scope_is_for_super_admins_only(role: Any) -> None:
    with pytest.raises(Forbidden, match="super_admin"):
        caller(Scope.MANAGE, role=role)


@pytest.mark.parametrize("role", [7, ["super_admin"], "r" * 65, "a\nb"])
@pytest.mark.parametrize("scope", Scope)
def test_a_malformed_role_is_forbidden(scope: Scope, role: Any) -> None:
    with pytest.raises(Forbidden, match="role"):
        caller(scope, role=role)


@pytest.mark.parametrize("name", [..., None, "", " \n ", "\x00", 7, ["Ann"]])
def test_who_has_no_name_is_shown_by_id(name: Any) -> None:
    assert caller(name=name).name == "ann"


@pytest.mark.parametrize(
    "picture",
    [
        ...,
        None,
        "",
        7,
        "http://img.example/a.png",
        "javascript:alert(1)",
        "//img.example/a.png",
        "https://img.example/" + "a" * 493,
        "https://img.example/a b",
        "https://img.example/\n",
    ],
)
def test_a_picture_that_is_not_https_and_short_is_dropped(picture: Any) -> None:
    assert caller(picture=picture).picture is None


def test_a_picture_of_512_characters_is_kept() -> None:
    picture = "https://img.example/" + "a" * 492
    assert caller(picture=picture).picture == picture


@pytest.mark.parametrize("email", [..., None, "", 7, "a" * 255, "a@b\r\nBcc: c"])
def test_an_email_that_is_none_is_dropped(email: Any) -> None:
    assert caller(email=email).email is None


@pytest.mark.parametrize(
    "spaces",
    [
        "north",
        {"north": 1},
        7,
        ["north", 7],
        [""],
        ["a" * 129],
        ["a\x00"],
        [f"space-{n}" for n in range(101)],
        ["ä" * 100 + str(n) for n in range(21)],
    ],
    ids=lambda spaces: str(spaces)[:20],
)
def test_oversized_or_malformed_spaces_are_forbidden(spaces: Any) -> None:
    with pytest.raises(Forbidden, match="spaces"):
        caller(spaces=spaces)


def test_a_hundred_spaces_are_fine() -> None:
    assert len(caller(spaces=[f"space-{n}" for n in range(100)]).spaces) == 100


@pytest.mark.parametrize("name", ["exp", "iat"])
@pytest.mark.parametrize("value", [..., None, True, "1000", 1000.0, -1, 10**12, [1]])
def test_times_are_plain_integers(name: str, value: Any) -> None:
    with pytest.raises(Unauthorized, match=name):
        caller(**{name: value})


@pytest.mark.scenario("L9")
def test_a_token_ends_to_the_second_and_may_begin_a_little_in_the_future() -> None:
    claims = {"sub": "ann", "iat": 1_060, "exp": 1_001, "nbf": 1_010}
    require_valid(claims, 1_000, Expected())
    for name, value in (("iat", 1_061), ("exp", 1_000), ("nbf", 1_011)):
        with pytest.raises(Unauthorized):
            require_valid({**claims, name: value}, 1_000, Expected())


@pytest.mark.parametrize("subject", [None, 7, ["ann"]])
def test_a_token_of_nobody_is_refused(subject: Any) -> None:
    with pytest.raises(Unauthorized, match="sub"):
        require_valid({**CLAIMS, "sub": subject}, 1_000, Expected())


@pytest.mark.parametrize("claims", [{"iss": "b"}, {}, {"iss": ["a"]}, {"iss": None}])
def test_another_issuer_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized, match="iss"):
        require_valid({**CLAIMS, **claims}, 1_000, Expected(issuer="a"))


@pytest.mark.parametrize("audience", [None, "b", ["b"], {"a": 1}, [["a"]]])
def test_another_audience_is_refused(audience: Any) -> None:
    with pytest.raises(Unauthorized, match="aud"):
        require_valid({**CLAIMS, "aud": audience}, 1_000, Expected(audience="a"))
    require_valid({**CLAIMS, "aud": ["b", "a"]}, 1_000, Expected(audience="a"))


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12)


@given(name=WORDS, role=WORDS, email=WORDS, spaces=st.lists(WORDS, max_size=5))
def test_a_caller_survives_the_way_through_the_context(
    name: str, role: str, email: str, spaces: list[str]
) -> None:
    try:
        sent = caller(name=name, role=role, email=email, spaces=spaces)
    except Forbidden:
        return  # hypothesis also writes what is not NFC
    context = context_of(sent)
    assert all(type(value) is str for value in context.values())
    assert caller_of(json.loads(json.dumps(context))) == sent


def test_a_manager_survives_the_way_through_the_context() -> None:
    sent = caller(Scope.MANAGE, role="super_admin", picture="https://img.example/root.png")
    assert caller_of(context_of(sent)) == sent


def test_what_api_gateway_adds_is_ignored_and_numbers_are_read() -> None:
    context: dict[str, Any] = {**context_of(caller()), "principalId": "ann", "exp": 2_000}
    context["integrationLatency"] = 12
    assert caller_of(context) == caller()


def test_claims_that_are_oversized_only_together_are_forbidden() -> None:
    quotes = ['"' * 39 + f"{n:02}" for n in range(99)]
    assert len(json.dumps(context_of(caller(spaces=quotes[:40])))) < MAX_CONTEXT_BYTES
    with pytest.raises(Forbidden, match="together"):
        context_of(caller(spaces=quotes))


@pytest.mark.parametrize(
    "changes",
    [
        {"userId": ""},
        {"userId": None},
        {"userId": 7},
        {"tenantId": None},
        {"scope": "all"},
        {"scope": None},
        {"role": ""},
        {"name": None},
        {"exp": "soon"},
        {"exp": None},
        {"exp": "-1"},
        {"exp": "٣"},
        {"exp": "1_0"},
        {"exp": True},
        {"exp": "9" * 5_000},
        {"iat": ""},
        {"picture": 7},
        {"email": []},
        {"spaces": "["},
        {"spaces": '{"a":1}'},
        {"spaces": "[1]"},
        {"spaces": "[" * 100_000},
    ],
    ids=lambda changes: str(changes)[:30],
)
def test_a_malformed_context_is_unauthorized(changes: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        caller_of({**context_of(caller()), **changes})


@pytest.mark.parametrize("context", [None, {}, "ann", ["ann"]])
def test_a_missing_context_is_unauthorized(context: Any) -> None:
    with pytest.raises(Unauthorized):
        caller_of(context)
