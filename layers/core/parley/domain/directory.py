"""Finding people by the beginning of a word of their name, or of their e-mail (SPEC §7)."""

import re
import unicodedata
from collections.abc import Iterable

from parley.domain.people import Profile

MAX_WORDS = 16
_PART_ENDS = re.compile(r"[-'’.,()/\u2010-\u2015]")
MAX_WORD_CHARS = 64


def folded_words(text: str) -> tuple[str, ...]:
    """Return a text's distinct words without case and accents, at most 16 of 64 characters."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    words = (word[:MAX_WORD_CHARS] for word in bare.split())
    return tuple(dict.fromkeys(words))[:MAX_WORDS]


def searchable_words(profile: Profile) -> tuple[str, ...]:
    """Return the words by which somebody is found: those of the name, the e-mail, the user id.

    The id is one of them so that somebody without a name can be found at all.
    """
    name = profile.name or ""
    # A name of several parts is found by each of them, and as it is written.
    parts = " ".join((name, _PART_ENDS.sub(" ", name), profile.email or ""))
    return folded_words(parts) or folded_words(profile.user_id)


def indexed_words(profile: Profile) -> tuple[str, ...]:
    """Return the words to file somebody under: the empty one is what everybody has."""
    return ("", *searchable_words(profile))


def is_filed_first(profile: Profile, word: str, prefix: str) -> bool:
    """Tell whether this is the one of somebody's words under which a look-up finds them.

    Args:
        profile: Whose; as it is now, so that words that they no longer have find nobody.
        word: Under which they were come across.
        prefix: What was looked up; the empty one is everybody, under the empty word.
    """
    if not prefix:
        return not word
    return word == min(
        (own for own in searchable_words(profile) if own.startswith(prefix)), default=None
    )


def matches(profile: Profile, words: Iterable[str]) -> bool:
    """Tell whether each of the words begins one of the words by which somebody is found."""
    known = searchable_words(profile)
    return all(any(each.startswith(word) for each in known) for word in words)
