"""What is in the layers: all that functions need, nothing that they do not, the SDK as it was."""

import ast
import http.server
import json
import re
import shutil
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore
import pytest
import trustme
from botocore.httpsession import DEFAULT_CA_BUNDLE

from bench import artifacts
from bench.starts import ROOT
from layers import inspect_build
from layers.nightbell.index_certificates import UnknownCode, index, main

PACKAGE = ROOT / "layers/nightbell/python/nightbell"
VERSION = f"{sys.version_info.major}{sys.version_info.minor}"

PACKAGES = {
    "NightbellLayer": {
        "aws_lambda_powertools",
        "awscrt",  # which says that there is none
        "boto3",
        "botocore",
        "cronsim",
        "dateutil",
        "jinja2",
        "jmespath",
        "markupsafe",
        "nightbell",
        "oncalendar",
        "pynamodb",
        "s3transfer",
        "six",
        "typing_extensions",
        "tzdata",
        "urllib3",
    },
    "AppriseLayer": {
        "_yaml",
        "apprise",
        "certifi",
        "charset_normalizer",
        "click",  # Apprise asks for it
        "idna",
        "markdown",
        "oauthlib",
        "requests",
        "requests_oauthlib",
        "urllib3",
        "yaml",
    },
    "MailLayer": {"selectolax"},
}

IMPORT_ALL = """
import importlib, pkgutil, nightbell
for module in pkgutil.walk_packages(nightbell.__path__, "nightbell."):
    importlib.import_module(module.name)
    print(module.name)
"""

# One region of each partition, and one that is not in the table.
REGIONS = [
    *("eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1"),
    *("eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1", "eu-west-99"),
]
SERVICES = ["dynamodb", "events", "kms", "lambda", "s3", "sesv2", "sns", "sqs"]
ADDRESSES = f"""
import json, botocore.session
session = botocore.session.get_session()
clients = [session.create_client(s, region_name=r) for r in {REGIONS} for s in {SERVICES}]
print(json.dumps([[c.meta.endpoint_url, c.meta.partition] for c in clients]))
"""

GET_ITEM = """
import boto3
print(boto3.client("dynamodb").get_item(TableName="t", Key={"key": {"S": "k"}})["Item"])
"""


# ---- What is there -------------------------------------------------------------------------


@pytest.mark.parametrize("layer", PACKAGES)
def test_a_layer_has_the_packages_that_it_should_and_no_others(built, layer):
    there = {path.name for path in (built.layer(layer) / "python").iterdir()}

    packages = {name.removesuffix(".py") for name in there if not name.endswith(".dist-info")}
    assert packages - {"__pycache__"} == PACKAGES[layer]
    assert [path.name for path in built.layer(layer).iterdir()] == ["python"]


def test_every_module_can_be_imported_with_the_layers_alone(built, run):
    layers = [built.layer(name) / "python" for name in PACKAGES]

    imported = run(IMPORT_ALL, *layers)

    assert imported.returncode == 0, imported.stderr
    names = set(imported.stdout.split())
    sources = {path for path in PACKAGE.rglob("*.py") if "cli" not in path.parts}
    assert len(names) == len(sources) - 1  # all but nightbell itself
    assert not any(name.startswith("nightbell.cli") for name in names)


def test_apprise_finds_its_services(built, run):
    layers = [built.layer(name) / "python" for name in PACKAGES]

    found = run("import apprise; print(apprise.Apprise().add('json://localhost'))", *layers)

    assert found.stdout == "True\n", found.stderr


@pytest.mark.parametrize("layer", PACKAGES)
def test_nothing_is_shared_with_what_uv_keeps_for_other_environments(built, layer):
    # What is changed in the layer would be changed in all of them.
    files = [path for path in built.layer(layer).rglob("*") if path.is_file()]

    assert {path.stat().st_nlink for path in files} == {1}


# ---- What `make build` looks at ------------------------------------------------------------


def test_the_layers_pass_inspection(built, capsys):
    status = inspect_build.main(built.folder, artifacts.HERE, VERSION)

    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    assert re.search(r"^NightbellLayer +1\d,\d{3},\d{3} bytes$", printed.out, re.MULTILINE)
    assert re.search(r"^ping +[1-4],\d{3} bytes$", printed.out, re.MULTILINE)


def test_libraries_are_for_the_processor_that_was_asked_for(tmp_path):
    other = "x86_64" if artifacts.HERE == "arm64" else "arm64"

    artifacts.build("AppriseLayer", tmp_path / "AppriseLayer", architecture=other)

    layer = tmp_path / "AppriseLayer"
    assert len(list(layer.rglob("*.so"))) == 3
    assert list(inspect_build.problems(layer, other, VERSION)) == []
    wrong = list(inspect_build.problems(layer, artifacts.HERE, VERSION))
    assert [problem.rpartition(" is ")[2] for problem in wrong] == [f"not for {artifacts.HERE}"] * 3


@pytest.fixture
def small_layer(tmp_path) -> Callable[[bytes | None], Path]:
    """Return a function that makes a layer of one module, with this header of its byte code."""

    def make(header: bytes | None) -> Path:
        package = tmp_path / "NightbellLayer" / "python"
        (package / "__pycache__").mkdir(parents=True)
        (package / "module.py").write_text("")
        if header is not None:
            (package / "__pycache__" / "module.cpython-313.pyc").write_bytes(header)
        return package.parent

    return make


def test_byte_code_of_python_3_13_that_is_not_checked_passes(small_layer):
    layer = small_layer(b"\xf3\x0d\r\n\x01\x00\x00\x00")

    assert list(inspect_build.problems(layer, "arm64", "313")) == []


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"\xf3\x0d\r\n\x00\x00\x00\x00",  # checked by time
        b"\xf3\x0d\r\n\x03\x00\x00\x00",  # checked by hash
        b"\xcb\x0d\r\n\x01\x00\x00\x00",  # of Python 3.12
    ],
)
def test_byte_code_that_lambda_would_not_take_is_found(small_layer, header):
    layer = small_layer(header)

    (problem,) = inspect_build.problems(layer, "arm64", "313")

    assert problem.endswith("module.py has no byte code that Lambda takes")


def test_a_layer_over_its_budget_is_found(small_layer):
    layer = small_layer(b"\xf3\x0d\r\n\x01\x00\x00\x00")
    (layer / "python" / "data").write_bytes(bytes(20_000_000))

    (problem,) = inspect_build.problems(layer, "arm64", "313")

    assert problem.startswith("NightbellLayer has 20,000,0")


# ---- The SDK -------------------------------------------------------------------------------


def services_asked() -> Iterator[str]:
    """Return the services of which the package, but for the command line, makes clients."""
    for path in PACKAGE.rglob("*.py"):
        if "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                makes_client = node.func.attr in ("client", "create_client")
                if makes_client and isinstance(node.args[0], ast.Constant):
                    yield str(node.args[0].value)


def test_the_sdk_knows_the_services_that_are_asked_and_no_others(built):
    data = built.layer("NightbellLayer") / "python/botocore/data"

    assert {path.name for path in data.iterdir() if path.is_dir()} == set(services_asked())
    assert set(services_asked()) == set(SERVICES)


def test_the_sdk_finds_the_same_addresses_in_every_partition(built, run):
    ours = run(ADDRESSES, built.layer("NightbellLayer") / "python")
    stock = run(ADDRESSES, Path(botocore.__file__).parent.parent)

    assert ours.returncode == 0, ours.stderr
    assert json.loads(ours.stdout) == json.loads(stock.stdout)
    assert "https://dynamodb.cn-north-1.amazonaws.com.cn" in ours.stdout


def test_the_sdk_loads_no_awscrt_that_the_runtime_may_have(built, run, tmp_path):
    (tmp_path / "awscrt").mkdir()
    (tmp_path / "awscrt/__init__.py").write_text("print('loaded')")
    (tmp_path / "awscrt/auth.py").write_text("")

    loaded = run(
        "import boto3, botocore.compat as c; print(c.HAS_CRT)",
        built.layer("NightbellLayer") / "python",
        tmp_path,
    )

    assert loaded.stdout == "False\n", loaded.stderr


# ---- Whom the SDK trusts -------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Found an authority that nobody trusts yet."""
    return trustme.CA()


@pytest.fixture(scope="module")
def aws(authority) -> Iterator[str]:
    """Serve one item over TLS, with a certificate of the authority; the value is the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"Item": {"key": {"S": "k"}}}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Print nothing."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *arguments: object) -> None:
            """Print nothing: some clients do not trust it."""

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"https://localhost:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_sdk_trusts_an_authority_in_its_folder_and_no_other(
    built, run, aws, authority, tmp_path
):
    layer = built.layer("NightbellLayer") / "python"
    shutil.copytree(layer / "botocore", tmp_path / "botocore")
    index(authority.cert_pem.bytes(), tmp_path / "botocore/authorities")
    where = {"AWS_ENDPOINT_URL": aws, "AWS_MAX_ATTEMPTS": "1"}

    known = run(GET_ITEM, tmp_path, layer, environment=where)
    unknown = run(GET_ITEM, layer, environment=where)

    assert known.stdout == "{'key': {'S': 'k'}}\n", known.stderr
    assert unknown.stdout == ""
    assert "certificate verify failed" in unknown.stderr


def test_the_sdk_trusts_who_the_operator_says(built, run, aws, authority, tmp_path):
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    where = {"AWS_ENDPOINT_URL": aws, "AWS_CA_BUNDLE": str(tmp_path / "authority.pem")}

    trusted = run(GET_ITEM, built.layer("NightbellLayer") / "python", environment=where)

    assert trusted.stdout == "{'key': {'S': 'k'}}\n", trusted.stderr


def test_every_authority_of_the_sdk_is_in_the_folder(built):
    folder = built.layer("NightbellLayer") / "python/botocore/authorities"
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE)

    there = {ssl.PEM_cert_to_DER_cert(path.read_text()) for path in folder.iterdir()}

    assert there == set(context.get_ca_certs(binary_form=True))
    assert len(there) > 100


def test_the_build_fails_when_the_sdk_reads_otherwise(tmp_path):
    (tmp_path / "httpsession.py").write_text("conn.ca_certs = something_else(verify)\n")

    with pytest.raises(UnknownCode, match="has not this line"):
        main(tmp_path)
