"""The fixtures of the contract suites, one module for each kind of real part."""

from importlib.util import find_spec

from tests.contract.dynamodb_fixtures import *  # noqa: F403
from tests.support.faults.botocore_hook import *  # noqa: F403

if find_spec("tests.contract.redis_fixtures") is not None:
    from tests.contract.redis_fixtures import *  # noqa: F403
