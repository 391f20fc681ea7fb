"""Layers, each built once for all tests of a process."""

import sys
from pathlib import Path

import pytest

from tests.packaging.building import build_layer, copy_checkout, own_environment, sam_build
from tools.environments import ROOT


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, so that all builds are of the same sources while people edit."""
    return copy_checkout(ROOT, tmp_path_factory.mktemp("checkout") / "parley")


@pytest.fixture(scope="session")
def build(checkout: Path) -> Path:
    """The checkout, after `sam build`."""
    sam_build(checkout, own_environment())
    return checkout


@pytest.fixture(scope="session")
def arm64_layer(build: Path) -> Path:
    """The layer as it is deployed."""
    return build / ".aws-sam/build/CoreLayer/python"


@pytest.fixture(scope="session")
def x86_layer(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer for Lambda's other architecture."""
    folder = tmp_path_factory.mktemp("x86")
    build_layer(checkout, folder, {"LAYER_PLATFORM": "x86_64"})
    return folder / "python"


@pytest.fixture(scope="session")
def host_layer(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer for the interpreter that runs the tests."""
    folder = tmp_path_factory.mktemp("host")
    build_layer(checkout, folder, {"LAYER_PLATFORM": "host", "LAYER_PYTHON": sys.executable})
    return folder / "python"
