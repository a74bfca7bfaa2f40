"""What the README tells people to type."""

import re
from pathlib import Path

_TEXT = (Path(__file__).parents[1] / "README.md").read_text()


def shell_blocks(heading: str) -> list[str]:
    """Return the shell scripts of one section, as they stand there."""
    section = _TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
