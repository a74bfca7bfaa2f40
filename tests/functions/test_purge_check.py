"""The stream of the Keys table."""

import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from functions.purge_check.app import lambda_handler
from tests.functions.gateway import sample


@pytest.fixture
def removal():
    """Return a function that makes the record of a removed key."""

    def make(key, sequence="1"):
        (record,) = sample("purge_check")["Records"]
        record["dynamodb"] |= {"Keys": {"key": {"S": key}}, "SequenceNumber": sequence}
        return record

    return make


@pytest.fixture
def history(create, ping, notify, now):
    """Return a function that makes a check with pings, bodies, flips and notifications."""

    def make():
        check_id = create()["uuid"]
        for suffix in ("", "/fail"):
            now.advance(seconds=1)
            ping(f"/ping/{check_id}{suffix}", "POST", b"b" * 5000)
        notify(check_id, "c")
        return check_id

    return make


def test_deletes_what_belonged_to_the_check(history, removal, dump):
    doomed, other = history(), history()

    answer = lambda_handler({"Records": [removal(f"check#{doomed}")]}, None)

    assert answer == {"batchItemFailures": []}
    after = dump()
    for table, count in (("pings", 4), ("flips", 2), ("notifications", 1)):
        assert [item["check_id"]["S"] for item in after[table]] == [other] * count


def test_a_second_time_does_no_harm(history, removal, unchanged):
    event = {"Records": [removal(f"check#{history()}")]}
    lambda_handler(event, None)

    with unchanged():
        assert lambda_handler(event, None) == {"batchItemFailures": []}


@pytest.mark.parametrize("key", ["api#{}", "slug#{}#a", "unique#{}", "badge#{}", "lock#{}#name#x"])
def test_the_end_of_another_name_deletes_nothing(history, removal, unchanged, key):
    check_id = history()

    with unchanged():
        lambda_handler({"Records": [removal(key.format(check_id))]}, None)


def test_reports_what_failed_so_that_it_is_tried_again(history, removal, tables):
    records = [removal(f"check#{history()}", "1"), removal("api#x", "2")]
    tables.delete_table(TableName="flips")

    answer = lambda_handler({"Records": records}, None)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_fails_when_all_failed(history, removal, tables):
    tables.delete_table(TableName="pings")

    with pytest.raises(BatchProcessingError):
        lambda_handler({"Records": [removal(f"check#{history}")]}, None)
