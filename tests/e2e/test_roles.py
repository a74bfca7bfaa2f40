"""Each function in all its branches under its own role, which AWS enforces, and so does MiniStack.

What the branches do is tested elsewhere; here nothing may fail for want of a permission.
"""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e

LONG = "long " * 1900
RUN = "?rid=3f1e2b54-9d0c-4a0a-8c62-0d6c5a3b7e11"


@pytest.fixture(autouse=True)
def no_denial(system):
    """Let nothing be denied, not even what a function goes on without."""
    log = system.state / "ministack.log"
    before = len(log.read_text())
    yield
    assert "not authorized" not in log.read_text()[before:]


@pytest.fixture(scope="module")
def foreign_check(command_line, anyone):
    """Make a check in somebody else's project."""
    theirs = json.loads(command_line("project", "create", "Theirs", "--json").stdout)
    key = {"X-Api-Key": theirs["api_key"]}
    return anyone.post("/api/v3/checks/", headers=key, json={"name": "Theirs"}).json()


def test_roles_are_enforced(system):
    role = next(
        function["Role"]
        for function in system.aws("lambda").list_functions()["Functions"]
        if "ShowStatus" in function["FunctionName"]
    )
    credentials = system.aws("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=system.variables["AWS_ENDPOINT_URL"],
        region_name=system.variables["AWS_DEFAULT_REGION"],
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    key, table = {"key": {"S": "x"}}, system.variables["KEYS_TABLE"]

    dynamodb.get_item(TableName=table, Key=key)
    with pytest.raises(ClientError, match="not authorized"):
        dynamodb.put_item(TableName=table, Item=key)
    with pytest.raises(ClientError, match="not authorized"):
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": key}}])
