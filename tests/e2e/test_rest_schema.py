"""Requests that schemathesis makes up from the API's description, right and wrong ones."""

import pytest

from bench import rest
from tests.support.stack import running_stack

pytestmark = pytest.mark.e2e

EXAMPLES = 5


def test_the_rest_api_does_what_its_description_says() -> None:
    with running_stack(rest.RAISED) as stack:
        passed, figures = rest.run(stack, EXAMPLES)
    assert passed, figures
