"""List what `sam build` made, with a hash of each: the same commit gives the same.

    python3 -m tools.artifacts .aws-sam/build

Fails if a function and the layer are larger together than Lambda takes. Standard library only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.layer_files import digest, unzipped_bytes

LAYER = "CoreLayer"
# Lambda's own limit, for a function with its layers.
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024


def main(arguments: list[str]) -> None:
    """Print a line for each artifact of a build folder."""
    (build,) = map(Path, arguments)
    artifacts = sorted(path for path in build.iterdir() if path.is_dir())
    sizes = {path.name: unzipped_bytes(path) for path in artifacts}
    for path in artifacts:
        print(f"{path.name:20} {sizes[path.name] / 1000:9,.0f} KB  sha256 {digest(path)}")
    layer = sizes.pop(LAYER)
    total = layer + max(sizes.values())
    if total > MAX_UNZIPPED_BYTES:
        sys.exit(f"{total:,} bytes with the layer: Lambda takes {MAX_UNZIPPED_BYTES:,}")


if __name__ == "__main__":
    main(sys.argv[1:])
