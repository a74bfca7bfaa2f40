"""Leaves of the AWS SDK in a layer what Nightbell's functions use: less to read at a cold start.

The runtime's own SDK changes by itself, and is not the one that the tests ran with, so the layer
carries that one. Its code stays as it is. Of its data go the other services, superseded versions of
an API, and descriptions; what is left is not compressed. Arguments: the folder, the services.
"""

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import Any

# Read for each client that is made, and a megabyte long: addresses of all services everywhere.
_ENDPOINTS = "endpoints.json"

# What a client can be told, which botocore reads with its descriptions: S3 has such.
_DESCRIBED = "clientContextParams"

# The runtime may carry awscrt, and botocore loads it if only it is there: three quarters more of
# work for a cold start. This is found before that one.
_NO_AWSCRT = 'raise ImportError("the layer goes without awscrt")\n'


def main(target: Path, services: list[str]) -> None:
    """Trim the packages in `target` to these services; KeyError if botocore does not know one."""
    data = target / "botocore" / "data"
    newest = {folder.parent.name: folder for folder in sorted(data.glob("*/*/"))}  # by date
    kept = {newest[service] for service in services}
    for folder in data.glob("*/*/"):
        if folder not in kept:
            shutil.rmtree(folder)
    for folder in data.glob("*/"):
        if not any(folder.iterdir()):
            folder.rmdir()
    for examples in data.rglob("examples-*.json"):
        examples.unlink()
    for compressed in data.rglob("*.json.gz"):
        document = json.loads(gzip.decompress(compressed.read_bytes()))
        _write(compressed.with_suffix(""), _without_descriptions(document))
        compressed.unlink()
    _trim_endpoints(data / _ENDPOINTS, {_endpoint_prefix(folder) for folder in kept})
    for unused in ("data", "examples"):  # boto3's resources, which nothing here makes
        shutil.rmtree(target / "boto3" / unused)
    (target / "awscrt.py").write_text(_NO_AWSCRT)


def _without_descriptions(value: Any) -> Any:
    match value:
        case dict():
            return {
                name: inner if name == _DESCRIBED else _without_descriptions(inner)
                for name, inner in value.items()
                # A member of a structure may have that name, too; then it is no text.
                if not (name == "documentation" and isinstance(inner, str))
            }
        case list():
            return [_without_descriptions(inner) for inner in value]
        case _:
            return value


def _endpoint_prefix(folder: Path) -> str:
    model = json.loads((folder / "service-2.json").read_bytes())
    return str(model["metadata"]["endpointPrefix"])


def _trim_endpoints(path: Path, prefixes: set[str]) -> None:
    document = json.loads(path.read_bytes())
    for partition in document["partitions"]:
        known = partition["services"]
        partition["services"] = {name: known[name] for name in known if name in prefixes}
    _write(path, document)


def _write(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, separators=(",", ":")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
