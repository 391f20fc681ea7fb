"""Compares what is documented with what was seen: alike but for ids, times and what is opaque."""

import re
from dataclasses import dataclass, field
from typing import Any

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
# Names of our own making: one of the page stands for one that was seen, wherever it comes up.
NAMED = frozenset({"roomId", "tenantId", "messageId", "replyTo"})
OPAQUE = frozenset({"correlationId", "cursor", "epoch", "retryAfter"})


@dataclass
class Unifier:
    """Knows which id of the page stands for which that was seen."""

    names: dict[str, str] = field(default_factory=dict)

    def meet(self, page: Any, seen: Any, path: str = "$") -> None:
        """Assert that both are alike; remembers new ids."""
        assert type(page) is type(seen), f"{path}: {page!r} is documented, {seen!r} was seen"
        if isinstance(page, dict):
            assert page.keys() == seen.keys(), f"{path}: {set(page) ^ set(seen)}"
            for key in page:
                self._meet_field(key, page[key], seen[key], f"{path}.{key}")
        elif isinstance(page, list):
            assert len(page) == len(seen), f"{path}: {page!r} is documented, {seen!r} was seen"
            for index, (one, other) in enumerate(zip(page, seen, strict=True)):
                self.meet(one, other, f"{path}[{index}]")
        elif isinstance(page, str) and TIME.fullmatch(page):
            assert TIME.fullmatch(seen), f"{path}: {seen!r} is no time"
        else:
            assert self.live(page) == seen, f"{path}: {page!r} is documented, {seen!r} was seen"

    def _meet_field(self, key: str, page: Any, seen: Any, path: str) -> None:
        if key in OPAQUE:
            assert type(page) is type(seen), f"{path}: {page!r} is documented, {seen!r} was seen"
            return
        if key in NAMED and isinstance(page, str) and isinstance(seen, str):
            self.names.setdefault(page, seen)
        self.meet(page, seen, path)

    def alike(self, page: Any, seen: Any) -> bool:
        """Tell whether both are alike; ids are remembered only if they are."""
        trial = Unifier(dict(self.names))
        try:
            trial.meet(page, seen)
        except AssertionError:
            return False
        self.names.update(trial.names)
        return True

    def live(self, value: Any) -> Any:
        """Return a documented value with the ids that were seen instead of the page's."""
        if isinstance(value, dict):
            return {self.names.get(key, key): self.live(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.live(each) for each in value]
        return self.names.get(value, value) if isinstance(value, str) else value
