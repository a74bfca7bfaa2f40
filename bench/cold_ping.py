"""A new process that answers one ping and ends. Arguments: the ping's event in JSON."""

import json
import os
import sys

# botocore loads pyOpenSSL where it is installed, as it is for development and hardly anywhere else.
sys.modules["OpenSSL"] = None  # type: ignore[assignment]

from functions.ping.app import lambda_handler  # noqa: E402

answer = lambda_handler(json.loads(sys.argv[1]), None)
# Lambda never sees the interpreter tidy up, so that does not count.
os._exit(answer["statusCode"] != 200)
