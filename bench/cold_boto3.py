"""A new process that makes a boto3 client, reads one item and ends. Arguments: its key in JSON."""

import json
import os
import sys

# botocore loads pyOpenSSL where it is installed, as it is for development and hardly anywhere else.
sys.modules["OpenSSL"] = None  # type: ignore[assignment]

import boto3  # noqa: E402

client = boto3.client("dynamodb")
answer = client.get_item(TableName="keys", Key=json.loads(sys.argv[1]))
os._exit("Item" not in answer)
