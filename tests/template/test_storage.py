"""Tables keep what they hold, end what ends and tell what others wait for."""

import json

import pytest

from tests.template.source import FUNCTIONS, RESOURCES, TABLES

# Who was signed in signs in again.
PASSING = {"SessionsTable"}


@pytest.mark.parametrize("name", sorted(TABLES.keys() - PASSING))
def test_a_table_outlives_the_stack_and_can_be_restored(name):
    resource, properties = RESOURCES[name], TABLES[name]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["DeletionProtectionEnabled"] is True
    recovery = properties["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}


def test_what_ends_by_itself_ends():
    expiring = {n for n, t in TABLES.items() if "TimeToLiveSpecification" in t}

    assert expiring == {"KeysTable", "FlipsTable", "NotificationsTable"} | PASSING
    for name in expiring:
        specification = TABLES[name]["TimeToLiveSpecification"]
        assert specification == {"AttributeName": "expires", "Enabled": True}


def test_tables_tell_what_others_wait_for():
    streams = {
        name: table["StreamSpecification"]["StreamViewType"]
        for name, table in TABLES.items()
        if "StreamSpecification" in table
    }

    assert streams == {"KeysTable": "KEYS_ONLY", "FlipsTable": "NEW_IMAGE"}


def test_a_failed_purge_is_tried_again_and_then_kept():
    event = FUNCTIONS["PurgeCheckFunction"]["Events"]["CheckDeleted"]["Properties"]

    assert event["StartingPosition"] == "TRIM_HORIZON"
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert event["BisectBatchOnFunctionError"] is True
    assert event["MaximumRetryAttempts"] > 0
    assert event["DestinationConfig"]["OnFailure"]["Type"] == "SQS"
    (pattern,) = event["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {
        "eventName": ["REMOVE"],
        "dynamodb": {"Keys": {"key": {"S": [{"prefix": "check#"}]}}},
    }
