"""Every requirement is proved by a test, or says why it is not; the page follows from that."""

from pathlib import Path

import pytest

from tools import requirements
from tools.proofs import BadProofs, marked, remarked

ROWS = """id\tsource\tkind\ttext
A-1\tA\tsec\tnobody reads <this> | that
A-2\tA\tarch\ta green dot
A-3\tA\tevent\ta sound
"""
NOTES = "id\tstatus\treason\n"
PROOF = """
import pytest

@pytest.mark.covers("A-1")
def test_it_holds() -> None:
    assert True
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository of three requirements, one of them proved and one explained."""
    put(tmp_path, rows=ROWS, notes=NOTES + "A-3\tbuilt\tthe widget does\n", test=PROOF)
    return tmp_path


def put(root: Path, **texts: str) -> None:
    paths = {
        "rows": root / "docs" / "requirements.tsv",
        "notes": root / "docs" / "requirements-notes.tsv",
        "test": root / "tests" / "unit" / "test_it.py",
    }
    for name, text in texts.items():
        paths[name].parent.mkdir(parents=True, exist_ok=True)
        paths[name].write_text(text)


def test_a_row_shows_what_became_of_it_and_where_that_is_proved(root: Path) -> None:
    lines = requirements.page(root).splitlines()
    assert (
        "| A-1 | sec | nobody reads &lt;this> \\| that | covered | "
        "`unit/test_it.py::test_it_holds` |" in lines
    )
    assert "| A-2 | arch | a green dot | open |  |" in lines
    assert "| A-3 | event | a sound | built | the widget does |" in lines
    assert "| kind | built | covered | open |" in lines
    assert "| sec | 0 | 1 | 0 |" in lines


def test_a_remark_is_shown_beside_the_proof(root: Path) -> None:
    put(root, notes=NOTES + "A-1\tremark\tthe page follows\nA-3\tn/a\tno sounds\n")
    assert "| covered | `unit/test_it.py::test_it_holds`; the page follows |" in requirements.page(
        root
    )


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"test": PROOF.replace("A-1", "A-9")}, "there is no such id: A-9"),
        ({"notes": NOTES + "A-8\tn/a\twhy\n"}, "there is no such id: A-8"),
        ({"notes": NOTES}, "neither proved by a test nor explained: A-3"),
        ({"notes": NOTES + "A-1\tn/a\twhy\nA-3\tn/a\twhy\n"}, "for what tests prove"),
        ({"notes": NOTES + "A-3\tremark\twhy\n"}, "for what tests prove"),
        ({"notes": NOTES + "A-3\tsome day\twhy\n"}, "A-3 has no good note"),
        ({"notes": NOTES + "A-3\tn/a\t\n"}, "A-3 has no good note"),
        ({"notes": NOTES + "A-3\tn/a\twhy\nA-3\tn/a\twhy\n"}, "A-3 has no good note"),
        ({"test": PROOF.replace('"A-1"', "ID")}, "takes ids, written out"),
        ({"test": PROOF.replace('"A-1"', "")}, "takes ids, written out"),
        ({"test": PROOF + 'OTHER = pytest.mark.covers("A-2")\n'}, "belongs on a test"),
    ],
)
def test_what_does_not_fit_together_is_an_error(
    root: Path, texts: dict[str, str], problem: str
) -> None:
    put(root, **texts)
    with pytest.raises(BadProofs, match=problem):
        requirements.page(root)


def test_tests_of_any_kind_are_found_with_all_their_ids() -> None:
    source = (
        "class TestIt:\n"
        '    @pytest.mark.slow\n    @pytest.mark.covers("A-1", "B-2")\n'
        "    async def test_one(self): ...\n"
        '@pytest.mark.covers("A-1")\n@pytest.mark.covers("C-3")\ndef test_two(): ...\n'
        "def test_three(): ...\n"
    )
    assert sorted(marked(source, "test_it.py", "covers")) == [
        ("test_one", ["A-1", "B-2"]),
        ("test_two", ["A-1", "C-3"]),
    ]


def test_every_row_of_the_kinds_that_must_be_settled_is() -> None:
    # The page raises for one that is not, and for a marker of no requirement.
    page = requirements.page()
    rows = requirements.requirements()
    assert len(rows) > 400
    for row in rows:
        assert f"| {row.id} | {row.kind} |" in page


def test_a_test_of_the_web_proves_by_a_comment_above_it() -> None:
    source = """
describe("a thing", () => {
  // covers: B-82, C-72
  test("waits longer each time", async () => {});

  // covers: B-83
  describe("what waits", () => {});
});
"""
    assert list(remarked(source, "it.test.ts", "covers")) == [
        ("waits longer each time", ["B-82", "C-72"]),
        ("what waits", ["B-83"]),
    ]


@pytest.mark.parametrize(
    "source",
    ["// covers: B-82\nconst x = 1;\n", '// covers: all of it\ntest("x", () => {});\n'],
)
def test_a_comment_that_is_on_no_test_or_names_no_ids_is_refused(source: str) -> None:
    with pytest.raises(BadProofs, match=r"it\.test\.ts:1"):
        list(remarked(source, "it.test.ts", "covers"))
