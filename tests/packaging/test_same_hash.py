"""The same sources make the same artifacts, whoever builds them where, and with what."""

import os
import re
import shutil
import sys
from pathlib import Path

import boto3
import pytest
import yaml

from local.servers import emulator
from tests.packaging.building import INSTALLER, SAM, copy_checkout, own_environment, run, sam_build
from tools import build_layer, environments, layer_files
from tools.environments import ROOT

BUCKET = "artifacts"
REGION = "eu-west-1"


@pytest.fixture(scope="module")
def two_builds(build: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two checkouts that were built differently: in each, what may not matter is different."""
    other = copy_checkout(build, tmp_path_factory.mktemp("b") / "some other folder")
    leave_behind(other)
    break_uv(other)
    before = os.umask(0o077)
    try:
        said = sam_build(other, own_environment(PYTHONHASHSEED="2", TZ="Pacific/Honolulu"))
    finally:
        os.umask(before)
    assert "wheels by pip" in said
    return [build, other]


def break_uv(checkout: Path) -> None:
    """Have an installer environment whose uv fails, as on machines that it does not know."""
    (checkout / INSTALLER).unlink()
    (checkout / INSTALLER / "bin").mkdir(parents=True)
    for path in (ROOT / INSTALLER).iterdir():
        if path.name != "bin":
            (checkout / INSTALLER / path.name).symlink_to(path)
    for name in ("python", "pip"):
        (checkout / INSTALLER / "bin" / name).symlink_to(ROOT / INSTALLER / "bin" / name)
    (checkout / INSTALLER / "bin/uv").write_text("#!/bin/sh\necho no\nexit 1\n")
    (checkout / INSTALLER / "bin/uv").chmod(0o755)


def leave_behind(checkout: Path) -> None:
    """What runs, editors and file managers leave in a checkout; and other times and modes."""
    for folder in (checkout / "layers/core/parley", checkout / "functions/message"):
        (folder / "__pycache__").mkdir(exist_ok=True)
        (folder / "__pycache__/left.cpython-39.pyc").write_bytes(b"of another version")
    (checkout / "layers/core/parley/.DS_Store").write_bytes(b"\0")
    (checkout / "layers/core/parley/edge.py~").write_text("older")
    for path in (checkout / "layers/core/parley").rglob("*.py"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o755)


def artifacts(checkout: Path) -> dict[str, Path]:
    built = {path.name: path for path in (checkout / ".aws-sam/build").iterdir() if path.is_dir()}
    assert "CoreLayer" in built
    assert len(built) == 1 + len(list((checkout / "functions").glob("*/app.py")))
    return built


def test_two_builds_give_the_same_hashes(two_builds: list[Path]) -> None:
    first, second = (
        {name: layer_files.digest(path) for name, path in artifacts(build).items()}
        for build in two_builds
    )
    assert first == second


def test_what_is_built_says_its_hashes(two_builds: list[Path]) -> None:
    checkout = two_builds[0]
    command: list[str | Path] = [sys.executable, "-m", "tools.artifacts", ".aws-sam/build"]
    said = run(command, checkout, own_environment())
    shown = dict(re.findall(r"^(\w+) .* sha256 ([0-9a-f]{64})$", said, re.MULTILINE))
    assert shown == {name: layer_files.digest(path) for name, path in artifacts(checkout).items()}


def test_functions_are_their_sources_and_nothing_else(two_builds: list[Path]) -> None:
    for checkout in two_builds:
        for name, path in artifacts(checkout).items():
            if name != "CoreLayer":
                assert [file.name for file in path.rglob("*")] == ["app.py"]


def test_an_unchanged_build_uploads_nothing_and_changes_nothing(two_builds: list[Path]) -> None:
    """Sam names what it uploads by its content, so that CloudFormation sees no change."""
    with emulator() as endpoint:
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        settings = own_environment(**keys, AWS_ENDPOINT_URL=endpoint, AWS_DEFAULT_REGION=REGION)
        s3 = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        packaged = []
        for checkout in two_builds:
            command: list[str | Path] = [SAM, "package", "--s3-bucket", BUCKET]
            run([*command, "--output-template-file", "packaged.yaml"], checkout, settings)
            stored = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
            uploads = {item["Key"]: item["LastModified"] for item in stored}
            packaged.append(((checkout / "packaged.yaml").read_text(), uploads))
    assert packaged[0] == packaged[1]
    assert uploaded_layer(packaged[0][0]) in packaged[0][1]


def uploaded_layer(template: str) -> str:
    """Key of the layer's upload in a packaged template."""
    read = yaml.load(template, Loader=yaml.BaseLoader)  # noqa: S506 - texts only
    uri: str = read["Resources"]["CoreLayer"]["Properties"]["ContentUri"]
    return uri.removeprefix(f"s3://{BUCKET}/")


def test_python_of_the_runtime_is_not_needed(build: Path, tmp_path: Path) -> None:
    if build_layer.version_of(Path(sys.executable)) == build_layer.RUNTIME:
        pytest.skip(f"the tests themselves run with Python {build_layer.RUNTIME}")
    checkout = copy_checkout(build, tmp_path / "parley")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    for name in ("make", "bash", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    (uv_cache,) = run([environments.UV / "bin/uv", "cache", "dir"], tmp_path, os.environ).split()
    nothing_else = {"PATH": str(programs), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path)}
    said = sam_build(checkout, own_environment(**nothing_else, UV_CACHE_DIR=uv_cache))
    assert said.count("warning: no Python 3.13 here to compile with") == 1
    layer = artifacts(checkout)["CoreLayer"] / "python"
    assert list(layer.rglob("*.so"))
    assert list(layer.rglob("*.pyc")) == []
