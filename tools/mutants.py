"""Write docs/planted-bugs.md: the bugs that tests/mutants plants, and which tests find each."""

from tests.mutants.mutants import MUTANTS
from tools.proofs import cell


def page() -> str:
    """Return the page."""
    lines = [
        "# Planted bugs",
        "",
        "Written by `make schema` from `tests/mutants/mutants.py`. Each of these is planted in",
        "a copy of the layer, and every test beside it must fail there: `make test` checks that.",
        "",
        "| bug | where | tests that find it |",
        "| --- | --- | --- |",
    ]
    for mutant in MUTANTS:
        tests = ", ".join(f"`{test.removeprefix('tests/')}`" for test in mutant.tests)
        lines.append(f"| {cell(mutant.name)} | `{mutant.file}` | {cell(tests)} |")
    return "\n".join(lines) + "\n"
