"""Failures that are told in a sentence, without a traceback."""

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from nightbell.domain.errors import InvalidSpec, UserError
from nightbell.store.connection import ContentionError


def in_a_sentence(error: Exception) -> str | None:
    """Return what is told of an error; None for one that nobody expected."""
    match error:
        case InvalidSpec():
            return error.problem
        case UserError():
            return error.message
        case ContentionError():
            return "Others keep changing the same. Try again."
        case PynamoDBException() | BotoCoreError() | ClientError():
            return f"AWS did not do it: {error}"
    return None
