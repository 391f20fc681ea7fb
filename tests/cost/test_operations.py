"""No operation becomes dearer, or cheaper, without a change of docs/cost-operations.tsv."""

import pytest

from bench.cost.bills import Bill, differences, read
from tests.support.cost.operations import OPERATIONS

SAID = read()


def test_the_table_has_a_row_for_each_operation() -> None:
    assert list(SAID) == [operation.name for operation in OPERATIONS], "run make cost"


@pytest.mark.slow
@pytest.mark.parametrize("name", SAID)
def test_an_operation_is_billed_as_the_table_says(name: str, bills: dict[str, Bill]) -> None:
    assert not differences(bills[name], SAID[name]), "run make cost, and say why in the commit"


@pytest.mark.slow
def test_counting_again_counts_the_same(bills: dict[str, Bill]) -> None:
    """What differs by chance would be in the table as if it were a rule."""
    same = [bill for name, bill in bills.items() if name.startswith("typing.") and "of 10)" in name]
    assert len(same) == 2
    assert not differences(*same)
