"""Who may import whom, who reads the clock and the environment, and what a ping has to load."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import nightbell

PACKAGE = Path(nightbell.__file__).parent
FUNCTIONS = Path(__file__).parent.parent / "functions"

MODULES = sorted(PACKAGE.rglob("*.py"))
HANDLERS = sorted(FUNCTIONS.glob("*/app.py"))
KINDS = sorted((PACKAGE / "alerts/kinds").glob("[a-z]*.py"))

# What of ours each part may know besides itself, and which libraries.
PARTS = {
    "domain": (set(), {"cronsim", "oncalendar"}),
    "store": ({"domain", "settings"}, {"botocore", "pynamodb"}),
    "web": ({"domain", "logs", "settings"}, {"aws_lambda_powertools"}),
    "dashboard": (
        {"clock", "domain", "logs", "mail", "settings", "store", "web"},
        {"aws_lambda_powertools", "jinja2", "markupsafe"},
    ),
    "alerts": (
        {"clock", "domain", "logs", "settings", "store"},
        {"aws_lambda_powertools", "boto3", "botocore"},
    ),
    "mail": (set(), {"selectolax"}),
}
# Which modules may know more than their part.
EXCEPTIONS = {
    "dashboard/channel_form.py": {"alerts"},  # to make forms of what kinds of channels declare
    "dashboard/channel_states.py": {"alerts"},
    "web/auth.py": {"store"},  # to find whose key it is
    "web/app.py": {"store"},  # to tell contention from a fault
    # For webhooks: the check as the API shows it. For people: what a mail said.
    "alerts/facts.py": {"mail", "web"},
    "alerts/kinds/apprise.py": {"apprise"},
    "mail/bucket.py": {"boto3", "botocore"},
    "mail/reception.py": {"domain", "logs", "settings", "store"},
}


def part_of(path: Path) -> str:
    """Return the directory under nightbell that a file is in, "" if it is in none."""
    return path.relative_to(PACKAGE).parts[0] if path.parent != PACKAGE else ""


def imports(path: Path) -> Iterator[str]:
    """Return the dotted names that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    """Return the parts and modules directly under nightbell that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("nightbell.")}


def libraries(path: Path) -> set[str]:
    """Return the top-level packages that a file imports, without the standard library's."""
    packages = {name.split(".")[0] for name in imports(path)}
    return packages - sys.stdlib_module_names - {"nightbell"}


def named(path: Path) -> str:
    """Return the name of a file as a test shows it: store/keys.py, ping/app.py."""
    return path.relative_to(PACKAGE if path in MODULES else FUNCTIONS).as_posix()


def uses(path: Path) -> set[str]:
    """Return what a file imports, and the dotted names it reads from what it imports."""
    tree = ast.parse(path.read_text())
    read = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return read | set(imports(path))


def test_there_is_something_to_look_at():
    assert {named(path).split("/")[0] for path in MODULES} >= PARTS.keys()
    assert len(HANDLERS) == len([path for path in FUNCTIONS.iterdir() if path.is_dir()]) > 10


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in PARTS], ids=named)
def test_a_part_imports_only_what_it_may_know(path):
    part = part_of(path)
    parts, packages = PARTS[part]
    more = EXCEPTIONS.get(named(path), set())

    assert ours(path) <= parts | {part} | more
    assert libraries(path) <= packages | more


def test_alerts_know_of_the_web_only_how_a_check_is_shown():
    known = {name for name in imports(PACKAGE / "alerts/facts.py") if ".web." in name}

    assert {name.rpartition(".")[0] for name in known} == {"nightbell.web.views"}


@pytest.mark.parametrize("path", KINDS, ids=named)
def test_a_kind_of_channel_knows_no_database_and_no_other_kind(path):
    assert ours(path) <= {"alerts", "domain", "settings"}
    assert not any(name.startswith("nightbell.alerts.kinds.") for name in imports(path))


def test_the_scan_knows_no_http():
    path = PACKAGE / "scan.py"

    assert ours(path) == {"clock", "domain", "logs", "settings", "store"}
    assert libraries(path) == {"boto3"}


@pytest.mark.parametrize("path", HANDLERS, ids=named)
def test_a_handler_imports_nothing_of_the_resolver_but_its_response(path):
    resolver = {
        name for name in imports(path) if name.startswith("aws_lambda_powertools.event_handler.")
    }

    assert libraries(path) <= {"aws_lambda_powertools"}
    assert resolver <= {"aws_lambda_powertools.event_handler.Response"}


@pytest.mark.parametrize("path", [*MODULES, *HANDLERS], ids=named)
def test_only_the_store_uses_pynamodb_and_only_schedules_the_schedule_libraries(path):
    if path in HANDLERS or part_of(path) not in ("store", "cli"):  # which says what went wrong
        assert "pynamodb" not in libraries(path)
    if path.name != "schedule.py":
        assert not {"cronsim", "oncalendar"} & libraries(path)
        assert "zoneinfo" not in {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", [*MODULES, *HANDLERS], ids=named)
def test_only_clock_py_reads_the_clock(path):
    clocks = {
        *("datetime.now", "datetime.utcnow", "datetime.today", "date.today"),
        *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.date.today"),
        *("time.time", "time.time_ns", "time.gmtime", "time.localtime", "nightbell.clock.now"),
    }

    assert uses(path) & clocks == ({"datetime.now"} if path == PACKAGE / "clock.py" else set())


@pytest.mark.parametrize("path", [*MODULES, *HANDLERS], ids=named)
def test_only_settings_py_reads_the_environment(path):
    environments = {"os.environ", "os.environb", "os.getenv", "os.putenv"}

    assert uses(path) & environments == (
        {"os.environ"} if path == PACKAGE / "settings.py" else set()
    )


def loaded(module: str, *names: str) -> list[str]:
    """Return which of these modules a process has when it has imported one."""
    program = f"import sys, {module}; print(*sorted({{*{names}}} & sys.modules.keys()))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return result.stdout.decode().split()


@pytest.mark.parametrize(
    "module",
    ["nightbell.domain.transitions", "nightbell.store.checks", "functions.ping.app"],
)
def test_a_ping_loads_nothing_that_it_does_not_need(module):
    packages = ("aws_lambda_powertools", "boto3", "cronsim", "oncalendar", "tzdata", "zoneinfo")
    modules = ("nightbell.alerts", "nightbell.domain.spec", "nightbell.domain.alerts")

    assert loaded(module, *packages, *modules) == []


@pytest.mark.parametrize("function", ["deliver_alert", "deliver_apprise"])
def test_no_kind_of_channel_is_loaded_before_it_is_needed(function):
    kinds = [f"nightbell.alerts.kinds.{path.stem}" for path in KINDS]

    assert loaded(f"functions.{function}.app", "apprise", *kinds) == []


# What each group of functions never needs at its start: schedules are read when a check has one,
# boto3 makes clients of other services than DynamoDB, and the resolver answers HTTP.
SCHEDULES = ("cronsim", "oncalendar", "zoneinfo", "tzdata")
SENDING = ("nightbell.alerts.http", "nightbell.alerts.kinds.email", "apprise")
RESOLVER = ("aws_lambda_powertools.event_handler",)
NEVER_LOADED = {
    ("dispatch_flip", "email_ping", "purge_check", "record_bounce", "scan_due"): (
        *(*SCHEDULES, *SENDING, *RESOLVER, "nightbell.web"),
    ),
    ("deliver_alert", "deliver_apprise"): RESOLVER,
    ("create_channel", "delete_channel", "test_channel", "update_channel"): (
        *(*SCHEDULES, "nightbell.alerts.kinds.email", "apprise"),
    ),
    ("channel_page", "channels_page", "new_channel_page"): (
        *("nightbell.alerts.kinds.email", "apprise"),
    ),
    ("export_project",): ("nightbell.alerts.kinds.email", "apprise"),
}


def test_a_function_loads_nothing_at_its_start_that_it_may_not_need():
    named = {name for group in NEVER_LOADED for name in group}
    pages = {path.parent.name for path in HANDLERS if "dashboard" in ours(path)} - named
    others = tuple({path.parent.name for path in HANDLERS} - named - pages)
    never = (*SENDING, "boto3", "nightbell.alerts.sealing")
    # Pages tell times in the zone of who reads them.
    groups = NEVER_LOADED | {tuple(pages): never, others: (*SCHEDULES, *never, "jinja2")}

    found = {
        group: loaded(", ".join(f"functions.{name}.app" for name in group), *modules)
        for group, modules in groups.items()
    }

    assert found == {group: [] for group in groups}
