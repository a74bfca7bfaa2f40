"""The zip archives that Lambda takes: one per function folder and one for the layer."""

import hashlib
import io
import py_compile
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A zip archive, the same bytes for the same sources."""

    content: bytes

    @property
    def key(self) -> str:
        """Return a name that changes with the content."""
        return hashlib.sha256(self.content).hexdigest() + ".zip"


def package(folder: Path, scratch: Path, prefix: str = "") -> Package:
    """Return the files below a folder as a package, each below `prefix`.

    Byte code goes with Python sources, as it does to AWS: without it each start of a function
    compiles everything anew. `scratch` is a folder for temporary files.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sorted(folder.rglob("*")):
            if not source.is_file() or source.suffix == ".pyc":
                continue
            name = prefix + source.relative_to(folder).as_posix()
            _add(archive, name, source.read_bytes())
            if source.suffix == ".py":
                _add(archive, _byte_code_name(name), _byte_code(source, name, scratch))
    return Package(buffer.getvalue())


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)


def _byte_code_name(name: str) -> str:
    source = PurePosixPath(name)
    return str(source.parent / "__pycache__" / f"{source.stem}.{sys.implementation.cache_tag}.pyc")


def _byte_code(source: Path, name: str, scratch: Path) -> bytes:
    target = scratch / "byte_code.pyc"
    py_compile.compile(
        str(source),
        cfile=str(target),
        dfile=name,
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return target.read_bytes()
