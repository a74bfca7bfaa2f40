"""The log that all functions write: lines of JSON, for people and for Lambda."""

from aws_lambda_powertools import Logger

# Lambda takes a line whose time is not written so for one of level INFO, whatever it says, and at
# a higher level in `LogLevel` would drop it.
logger = Logger(service="nightbell", use_rfc3339=True)
