"""The layers as they are built for Lambda, for the Python and the processor at hand."""

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
HERE = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
LAYERS = {
    "NightbellLayer": ROOT / "layers/nightbell",
    "AppriseLayer": ROOT / "layers/apprise",
    "MailLayer": ROOT / "layers/mail",
}


def build(layer: str, folder: Path, *, architecture: str = "") -> Path:
    """Build a layer with its Makefile, as `sam build` does, and return its folder of packages.

    For this machine's architecture unless told another, in the words of Lambda.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    programs = Path(sys.executable).parent  # uv, and the Python that makes byte code
    completed = subprocess.run(
        [
            *("make", "--no-print-directory", f"build-{layer}"),
            f"ARTIFACTS_DIR={folder}",
            f"ARCHITECTURE={architecture or HERE}",
            f"PYTHON_VERSION={version}",
        ],
        cwd=LAYERS[layer],
        env=os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if completed.returncode:
        raise NotBuilt(completed.stdout)
    return folder / "python"


class NotBuilt(Exception):
    """A layer could not be built; the text is what its Makefile printed."""
