"""The files that pages load: style sheet, script, icons."""

import hashlib
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@cache
def read(name: str) -> tuple[str, str] | None:
    """Return the content type and the text of a file, None if there is none of this name."""
    path = next((path for path in _FOLDER.iterdir() if path.name == name), None)
    if path is None or path.suffix not in _TYPES:
        return None
    return _TYPES[path.suffix], path.read_text()


@cache
def digest(name: str) -> str:
    """Return what changes when the file does; raises KeyError if there is none of this name."""
    asset = read(name)
    if asset is None:
        raise KeyError(name)
    return hashlib.sha256(asset[1].encode()).hexdigest()[:16]


@cache
def version() -> str:
    """Return what changes when any file or template does."""
    names = sorted(path for path in _FOLDER.parent.rglob("*") if path.suffix in (".html", *_TYPES))
    return hashlib.sha256(b"".join(path.read_bytes() for path in names)).hexdigest()[:16]
