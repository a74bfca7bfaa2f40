"""docs/costs.md follows from what is measured, from the template and from the prices."""

import re
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

from bench import cost_units, costs
from nightbell.cli.prices import LIST_PRICES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/costs.md").read_text()
PERFORMANCE = (ROOT / "docs/performance.md").read_text()
TEMPLATE = yaml_parse((ROOT / "template.yaml").read_text())

# What docs/performance.md has as milliseconds of CPU time.
MEASURED = {
    r"^success ping +\S+ +[^(]+\([^)]*\) +[^(]+\([^)]*\) +(\S+)": cost_units.PING_MS,
    r"^ping +\S+ +(\S+) +\S+$": cost_units.COLD_PING_MS,  # under Lambda's runtime client
    r"^ping by mail of [\d,]+ bytes +\S+ +\S+ +\S+ +(\S+)": cost_units.PING_BY_MAIL_MS,
    r"^nothing due +\S+ +\S+ +\S+ +(\S+)": cost_units.IDLE_RUN_MS,
    r"^list of 100 checks +\S+ +[^(]+\([^)]*\) +\S+ +(\S+)": cost_units.LIST_OF_100_MS,
    r"^flip dispatched to one channel +\S+ +\S+ +\S+ +(\S+)": cost_units.DISPATCH_MS,
    r"^alert delivered +\S+ +\S+ +\S+ +(\S+)": cost_units.DELIVERY_MS,
}


@pytest.mark.parametrize("name", costs.TABLES)
def test_each_table_is_as_it_is_computed(name):
    shown = PAGE.partition(f"<!-- table: {name} -->\n")[2].partition("<!-- end -->\n")[0]

    assert shown == costs.TABLES[name](), "docs/costs.md is behind: `make costs`"


def test_the_page_is_written_without_losing_a_word():
    emptied = re.sub(r"(?s)(<!-- table: \w+ -->\n).*?(<!-- end -->\n)", r"\1\2", PAGE)

    assert costs.written(emptied) == PAGE
    assert PAGE.count("<!-- table: ") == len(costs.TABLES)


def test_a_page_without_a_place_for_a_table_is_refused():
    with pytest.raises(ValueError, match="no place for the table"):
        costs.written("# Costs\n")


@pytest.mark.parametrize("pattern", MEASURED)
def test_the_times_are_those_measured_rounded_up(pattern):
    measured, *_ = re.findall(pattern, PERFORMANCE, re.MULTILINE)
    counted = MEASURED[pattern]

    assert counted / 4 <= float(measured) <= counted, "change bench/cost_units.py, `make costs`"


def test_each_metric_that_the_functions_make_is_counted():
    code = [*(ROOT / "functions").rglob("*.py"), *(ROOT / "layers").rglob("*.py")]
    made = {
        name
        for path in code
        for name in re.findall(r'add_metric\(\s*(?:name=)?"(\w+)"', path.read_text())
    }

    assert len(made) == cost_units.OWN_METRICS


def test_alarms_dashboards_and_keys_are_those_of_the_template():
    kinds = [resource["Type"] for resource in TEMPLATE["Resources"].values()]

    idle = costs.idle()

    assert idle["alarm"] >= kinds.count("AWS::CloudWatch::Alarm") > 0
    assert idle["dashboard"] == kinds.count("AWS::CloudWatch::Dashboard")
    assert idle["key"] == kinds.count("AWS::KMS::Key") == 1


def test_pings_leave_nothing_in_the_log():
    logging = TEMPLATE["Globals"]["Function"]["LoggingConfig"]
    of_ping = TEMPLATE["Resources"]["PingFunction"]["Properties"].get("LoggingConfig", {})
    level = {**logging, **of_ping}["SystemLogLevel"]

    assert TEMPLATE["Parameters"][level["Ref"]]["Default"] == "WARN"
    assert "log_gb" not in costs.pings(1)


def test_everything_that_is_counted_has_a_price_and_each_service_of_a_stack_is_counted():
    counted = {code for one in costs.INSTALLATIONS for code in costs.month(one)}

    assert counted <= LIST_PRICES.keys()
    only_told_by_a_stack = {"gb_second_x86", "log_stored_gb", "metric_read"}
    by_mail = (costs.mails(1) | costs.taking_mail()).keys()
    assert by_mail <= LIST_PRICES.keys()
    assert LIST_PRICES.keys() - counted - by_mail == only_told_by_a_stack


def test_money_is_only_where_it_is_computed():
    others = set((ROOT / "docs").glob("*.md")) - {ROOT / "docs/costs.md"}

    assert not [path.name for path in others if re.search(r"\$\d", path.read_text())]
