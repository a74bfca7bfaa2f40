"""Looks at what was built before it is deployed: sizes, byte code, and for which processor it is.

Arguments: the folder of the built layers, and Lambda's word for the processor. Prints the size of
each layer and function; exits with 1, saying why, if a function could not start from these layers.
Needs nothing but Python's own modules.
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_FUNCTIONS = Path(__file__).parent.parent / "functions"

# Bytes, unpacked. A layer that outgrows its budget has taken in something that it should not.
_BUDGETS = {"NightbellLayer": 20_000_000, "AppriseLayer": 26_000_000, "MailLayer": 6_000_000}
_FUNCTION_BUDGETS = {"show_openapi": 250_000}  # it carries the document
_FUNCTION_BUDGET = 8_000  # of all others
_MOST_IN_LAMBDA = 262_144_000  # a function with all its layers

# Of ELF, the field e_machine.
_PROCESSORS = {"arm64": 183, "x86_64": 62}

# Of byte code: the number of the version of Python that made it, and "by hash, and not checked".
_MAGIC = {"311": 3495, "312": 3531, "313": 3571}
_UNCHECKED = 0b01


def problems(layer: Path, architecture: str, version: str) -> Iterator[str]:
    """Yield what is wrong with a built layer; `version` is that of Python, such as 313."""
    found = size(layer)
    if found > _BUDGETS[layer.name]:
        yield f"{layer.name} has {found:,} bytes, over its {_BUDGETS[layer.name]:,}"
    for library in layer.rglob("*.so*"):
        (machine,) = struct.unpack_from("<H", library.read_bytes(), 18)
        if machine != _PROCESSORS[architecture]:
            yield f"{library} is not for {architecture}"
    for source in layer.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-{version}.pyc"
        expected = struct.pack("<H2sI", _MAGIC[version], b"\r\n", _UNCHECKED)
        if not compiled.exists() or compiled.read_bytes()[:8] != expected:
            yield f"{source} has no byte code that Lambda takes"


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder, without the byte code of who ran them here."""
    layer = folder.name in _BUDGETS
    files = (path for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if layer or "__pycache__" not in path.parts)


def main(built: Path, architecture: str, version: str = "313") -> int:
    """Print sizes and problems; return the exit status."""
    layers = {name: size(built / name) for name in _BUDGETS}
    functions = {path.name: size(path) for path in sorted(_FUNCTIONS.iterdir())}
    found = [one for name in layers for one in problems(built / name, architecture, version)]
    for name, bytes_there in (layers | functions).items():
        print(f"{name:<28} {bytes_there:>12,} bytes")
    for name, bytes_there in functions.items():
        budget = _FUNCTION_BUDGETS.get(name, _FUNCTION_BUDGET)
        if bytes_there > budget:
            found.append(f"{name} has {bytes_there:,} bytes, over its {budget:,}")
    most = sum(layers.values()) + max(functions.values())
    if most > _MOST_IN_LAMBDA:
        found.append(f"a function with its layers has {most:,} bytes, over {_MOST_IN_LAMBDA:,}")
    print(*found, sep="\n", file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
