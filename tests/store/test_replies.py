import base64
import json
import random
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import ResponseParserFactory

from nightbell.store.replies import ReplyParserFactory

STOCK = ResponseParserFactory().create_parser("json")
OURS = ReplyParserFactory().create_parser("json")
SERVICE = ServiceModel(Loader().load_service_model("dynamodb", "service-2"))

TEXTS = ['"B"', "é\u2028\U0001f514", 'a "B": "BS" \\', "", "x" * 50]
ODD_TEXTS = [*TEXTS, "B", "BS"]


def value(chance: random.Random, depth: int, *, odd: bool) -> dict[str, Any]:
    """Return an attribute's value as DynamoDB writes it; an odd one may need a second look."""
    texts = ODD_TEXTS if odd else TEXTS
    raw = base64.b64encode(chance.randbytes(chance.randrange(5))).decode()
    forms: dict[str, Any] = {
        "S": chance.choice(texts),
        "N": str(chance.uniform(-1e9, 1e9)),
        "BOOL": chance.random() < 0.5,
        "NULL": True,
        "SS": chance.sample(texts, 3),
        "NS": ["1", "2.5"],
    }
    if odd:
        forms |= {"B": raw, "BS": [raw, ""]}
    if depth:
        forms["L"] = [value(chance, depth - 1, odd=odd) for _ in range(3)]
        forms["M"] = item(chance, depth - 1, odd=odd)
    form = chance.choice(list(forms))
    return {form: forms[form]}


def item(chance: random.Random, depth: int = 2, *, odd: bool) -> dict[str, Any]:
    """Return an item as DynamoDB writes it."""
    names = chance.sample([*(ODD_TEXTS if odd else TEXTS), "shard", "id", "b"], 4)
    return {name: value(chance, depth, odd=odd) for name in names}


def reply(operation: str, chance: random.Random, *, odd: bool) -> dict[str, Any]:
    """Return what DynamoDB may answer to an operation."""
    one, some = item(chance, odd=odd), [item(chance, odd=odd) for _ in range(3)]
    consumed = {"TableName": "t", "CapacityUnits": 1.5, "Table": {"CapacityUnits": 1}}
    replies: dict[str, dict[str, Any]] = {
        "GetItem": {"Item": one, "ConsumedCapacity": consumed},
        "PutItem": {"Attributes": one},
        "UpdateItem": {"Attributes": one, "ConsumedCapacity": consumed},
        "DeleteItem": {"Attributes": one},
        "Query": {"Items": some, "Count": 3, "ScannedCount": 3, "LastEvaluatedKey": one},
        "Scan": {"Items": some, "Count": 3},
        "BatchGetItem": {"Responses": {"t": some}, "UnprocessedKeys": {"t": {"Keys": [one]}}},
        "BatchWriteItem": {"UnprocessedItems": {"t": [{"PutRequest": {"Item": one}}]}},
        "TransactWriteItems": {"ConsumedCapacity": [consumed]},
    }
    return replies[operation]


OPERATIONS = [
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "Query",
    "Scan",
    "BatchGetItem",
    "BatchWriteItem",
    "TransactWriteItems",
]


def parsed(parser: Any, status: int, body: bytes, operation: str) -> Any:
    """Return how the parser reads an answer."""
    headers = {"x-amzn-RequestId": "id", "x-amz-crc32": "1"}
    response = {"body": body, "headers": headers, "status_code": status, "context": {}}
    shape = SERVICE.operation_model(operation).output_shape
    return parser.parse(response, shape)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("odd", [False, True])
def test_replies_are_read_as_botocore_reads_them(operation, odd):
    chance = random.Random(7)

    for _ in range(40):
        document = reply(operation, chance, odd=odd)
        body = json.dumps(document, ensure_ascii=chance.random() < 0.5).encode()

        assert parsed(OURS, 200, body, operation) == parsed(STOCK, 200, body, operation)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"not JSON",
        b'{"Item": null, "ConsumedCapacity": {"CapacityUnits": 1}}',
        b'{"Item": {"k": {"S": "null"}}, "SomethingNew": 1}',
    ],
)
def test_unusual_replies_are_read_as_botocore_reads_them(body):
    assert parsed(OURS, 200, body, "GetItem") == parsed(STOCK, 200, body, "GetItem")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b'{"__type": "com.amazon.coral.service#ThrottlingException", "message": "m"}'),
        (400, b'{"__type": "ConditionalCheckFailedException", "Message": "m"}'),
        (
            400,
            b'{"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",'
            b' "Message": "m", "CancellationReasons": [{"Code": "None"},'
            b' {"Code": "ConditionalCheckFailed", "Item": {"k": {"S": "x"}, "b": {"B": "AA=="}}}]}',
        ),
        (413, b""),
        (500, b'{"__type": "InternalServerError"}'),
        (503, b"<html>Service Unavailable</html>"),
    ],
)
def test_errors_are_read_as_botocore_reads_them(status, body):
    operation = "TransactWriteItems"

    assert parsed(OURS, status, body, operation) == parsed(STOCK, status, body, operation)


def test_a_reply_without_anything_to_convert_is_not_looked_through(monkeypatch):
    monkeypatch.delattr("botocore.parsers.ResponseParser._parse_shape")
    body = b'{"Items": [{"k": {"S": "say \\"B\\""}, "b": {"N": "1"}}], "Count": 1}'

    found = parsed(OURS, 200, body, "Query")

    assert found["Items"] == [{"k": {"S": 'say "B"'}, "b": {"N": "1"}}]
