import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.endpoint_provider import EndpointProvider
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import Loader
from botocore.regions import EndpointResolver
from moto import mock_aws

from local import service_model
from nightbell.store.botocore_data import SERVICE_MODEL, DynamoDBLoader
from nightbell.store.client import concerns_dynamodb, make_client

PUT = {"TableName": "t", "Item": {"k": {"S": "é"}, "b": {"B": b"\0"}, "n": {"N": "1.5"}}}
CALLS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "t", "Key": {"k": {"S": "x"}}, "ConsistentRead": True},
    "PutItem": PUT,
    "UpdateItem": {"TableName": "t", "Key": {"k": {"S": "x"}}, "UpdateExpression": "ADD n :o"},
    "DeleteItem": {"TableName": "t", "Key": {"k": {"S": "x"}}},
    "Query": {"TableName": "t", "KeyConditionExpression": "k = :k", "Limit": 3},
    "Scan": {"TableName": "t", "ReturnConsumedCapacity": "INDEXES"},
    "BatchGetItem": {"RequestItems": {"t": {"Keys": [{"k": {"S": "x"}}]}}},
    "BatchWriteItem": {"RequestItems": {"t": [{"DeleteRequest": {"Key": {"k": {"S": "x"}}}}]}},
    "TransactWriteItems": {"TransactItems": [{"Put": PUT}], "ClientRequestToken": "token"},
}


@contextmanager
def answered(client: Any, status: int = 200, body: bytes = b"{}") -> Iterator[list[Any]]:
    """Let nothing out of the client but answer all with this; yield the list of requests."""
    requests: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        response = AWSResponse(request.url, status, {"x-amzn-requestid": "id"}, None)
        response._content = body
        return response

    client.meta.events.register("before-send.dynamodb", answer)
    yield requests


@pytest.fixture
def somewhere(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def test_the_file_holds_what_the_installed_botocore_says_of_the_operations_in_use():
    assert SERVICE_MODEL.read_text() == service_model.cut_down()


def test_no_handler_is_left_out_that_an_event_of_dynamodb_calls():
    called = set()

    def noting(event):
        return lambda **_: called.add(event)

    emitter = HierarchicalEmitter()
    names = {event for event, *_ in BUILTIN_HANDLERS}
    for event in names:
        emitter.register(event, noting(event))
    for kind in {name.partition(".")[0] for name in names} - {"docs"}:
        for operation in CALLS:
            emitter.emit(f"{kind}.dynamodb.{operation}")

    assert {name for name in names if concerns_dynamodb(name)} == called
    assert len(called) > 5


def test_the_endpoint_of_each_region_is_the_one_that_the_rules_give():
    loader = Loader()
    rules = EndpointProvider(
        loader.load_service_model("dynamodb", "endpoint-rule-set-1"), loader.load_data("partitions")
    )
    ours = EndpointResolver(DynamoDBLoader().load_data("endpoints"))
    partitions = loader.load_data("partitions")["partitions"]
    regions = [name for each in partitions for name in each["regions"] if "global" not in name]

    endpoints = {name: ours.construct_endpoint("dynamodb", name)["hostname"] for name in regions}

    assert len(regions) > 30
    for region, hostname in endpoints.items():
        expected = rules.resolve_endpoint(
            Region=region, UseFIPS=False, UseDualStack=False, AccountIdEndpointMode="disabled"
        )
        assert f"https://{hostname}" == expected.url


def test_requests_are_those_of_a_stock_client(somewhere):
    ours, stock = make_client(), boto3.Session().client("dynamodb")

    with answered(ours) as sent, answered(stock) as expected:
        for operation, arguments in CALLS.items():
            ours._make_api_call(operation, arguments)
            stock._make_api_call(operation, arguments)

    assert [request.url for request in sent] == [request.url for request in expected]
    assert [request.body for request in sent] == [request.body for request in expected]
    for mine, theirs in zip(sent, expected, strict=True):
        assert set(mine.headers) == set(theirs.headers)
        for name in ("X-Amz-Target", "Content-Type"):
            assert mine.headers[name] == theirs.headers[name]
        assert b"/eu-central-1/dynamodb/aws4_request" in mine.headers["Authorization"]


def test_a_transaction_gets_a_token(somewhere):
    client = make_client()

    with answered(client) as (requests):
        client._make_api_call("TransactWriteItems", {"TransactItems": [{"Put": PUT}]})

    assert len(json.loads(requests[0].body)["ClientRequestToken"]) == 36


def test_an_error_is_tried_three_times_and_told_as_a_stock_client_does(somewhere, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    body = b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "m"}'
    client = make_client()

    with answered(client, 400, body) as requests, pytest.raises(client.exceptions.ClientError) as e:
        client.get_item(**CALLS["GetItem"])

    assert len(requests) == 3
    assert e.value.response["Error"] == {"Code": "ThrottlingException", "Message": "m"}


def test_credentials_may_be_those_of_a_role(somewhere, monkeypatch, tmp_path):
    (tmp_path / "config").write_text(
        "[profile base]\naws_access_key_id=a\naws_secret_access_key=b\n"
        "[profile role]\nrole_arn=arn:aws:iam::123456789012:role/reader\nsource_profile=base\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "role")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")

    with mock_aws(config={"core": {"mock_credentials": False}}):
        client = make_client()
        with answered(client) as requests:
            client.get_item(**CALLS["GetItem"])

    assert b"Credential=ASIA" in requests[0].headers["Authorization"]


@pytest.mark.parametrize(
    ("variable", "endpoint"),
    [
        ("AWS_USE_FIPS_ENDPOINT", "https://dynamodb-fips.us-east-1.amazonaws.com"),
        ("AWS_USE_DUALSTACK_ENDPOINT", "https://dynamodb.us-east-1.api.aws"),
    ],
)
def test_the_environment_can_ask_for_another_endpoint(somewhere, monkeypatch, variable, endpoint):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv(variable, "true")
    client = make_client()

    with answered(client) as requests:
        client.get_item(**CALLS["GetItem"])

    assert requests[0].url == f"{endpoint}/"
