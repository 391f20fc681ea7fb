"""The words by which people are found (SPEC §7)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.domain.directory import (
    MAX_WORD_CHARS,
    MAX_WORDS,
    folded_words,
    indexed_words,
    is_filed_first,
    matches,
    searchable_words,
)
from parley.domain.ids import TenantId, UserId
from parley.domain.people import Profile

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def profile(name: str | None = None, email: str | None = None, user: str = "u1") -> Profile:
    return Profile(TenantId("acme"), UserId(user), name, email=email)


PROFILES = st.builds(
    profile, st.none() | TEXTS, st.none() | TEXTS, st.text("abc|#", min_size=1, max_size=5)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Änne  GROSS", ("anne", "gross")),
        ("Groß", ("gross",)),
        ("ÉCOLE école", ("ecole",)),
        ("Ⅳ ﬁn", ("iv", "fin")),
        ("李 小龍", ("李", "小龍")),
        ("O'Neill-Smith", ("o'neill-smith",)),
        ("a@B.example", ("a@b.example",)),
        ("\u00a0\t\n", ()),
        ("", ()),
    ],
)
def test_words_have_neither_case_nor_accents(text: str, words: tuple[str, ...]) -> None:
    assert folded_words(text) == words


@given(TEXTS)
def test_how_accents_are_written_makes_no_difference(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert folded_words(decomposed) == folded_words(unicodedata.normalize("NFC", text))


def test_words_are_bounded_in_number_and_length() -> None:
    assert len(folded_words(" ".join(f"w{n}" for n in range(100)))) == MAX_WORDS
    assert folded_words("x" * 1_000) == ("x" * MAX_WORD_CHARS,)


def test_people_are_found_by_name_and_mail_and_by_the_id_only_without_them() -> None:
    assert searchable_words(profile("Ann Lee", "boss@x.test")) == ("ann", "lee", "boss@x.test")
    assert searchable_words(profile("Anna-Lena O'Hara")) == (
        "anna-lena",
        "o'hara",
        "anna",
        "lena",
        "o",
        "hara",
    )
    assert searchable_words(profile(None, "boss@x.test")) == ("boss@x.test",)
    assert searchable_words(profile(user="Auth0|7")) == ("auth0|7",)
    assert searchable_words(profile(" ", user="Auth0|7")) == ("auth0|7",)


def test_everybody_is_filed_under_the_empty_word_too() -> None:
    assert indexed_words(profile("Ann Lee")) == ("", "ann", "lee")


def test_every_word_that_is_asked_for_must_begin_one_of_theirs() -> None:
    ann = profile("Ann Lee", "boss@x.test")
    for words in ((), ("a",), ("lee", "an"), ("boss",), ("ann", "an")):
        assert matches(ann, words)
    for words in (("nn",), ("ann", "bob"), ("annl",), ("x.test",)):
        assert not matches(ann, words)


@given(PROFILES, st.text("abc|#@.", max_size=3))
def test_whoever_matches_is_filed_first_under_exactly_one_of_their_words(
    person: Profile, prefix: str
) -> None:
    first = [word for word in indexed_words(person) if is_filed_first(person, word, prefix)]
    assert len(first) == (1 if not prefix or matches(person, (prefix,)) else 0)
    assert all(word.startswith(prefix) for word in first)


def test_a_word_that_somebody_lost_is_nothing_to_find_them_by() -> None:
    assert not is_filed_first(profile("Ann"), "anna", "an")
    assert is_filed_first(profile("Ann"), "ann", "an")
