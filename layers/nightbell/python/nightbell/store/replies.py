"""How DynamoDB's replies are read."""

from typing import Any

from botocore.parsers import JSONParser, ResponseParserFactory

# Those whose members are items, their keys, and what was consumed: nothing that JSON has no form
# of but binary values.
_REPLIES_OF_ITEMS = {
    "BatchGetItemOutput",
    "BatchWriteItemOutput",
    "DeleteItemOutput",
    "GetItemOutput",
    "PutItemOutput",
    "QueryOutput",
    "ScanOutput",
    "TransactWriteItemsOutput",
    "UpdateItemOutput",
}


class _Parser(JSONParser):
    """Takes items as they stand in the JSON, where there is nothing to convert in them.

    botocore's own looks at each value by its shape, which is three quarters of what a query of
    many items takes. It still reads all errors, and replies with binary values.
    """

    def _do_parse(self, response: Any, shape: Any) -> Any:
        body = response["body"]
        if shape is None or shape.name not in _REPLIES_OF_ITEMS or _has_binary_values(body):
            return super()._do_parse(response, shape)  # type: ignore[misc]
        values = self._parse_body_as_json(body)  # type: ignore[attr-defined]
        parsed = {name: values[name] for name in shape.members if values.get(name) is not None}
        self._inject_response_metadata(parsed, response["headers"])  # type: ignore[attr-defined]
        return parsed


def _has_binary_values(body: bytes) -> bool:
    """Tell whether there may be any: they come in base64, as members of this name.

    In a text each quotation mark has a backslash before it, so a text cannot look like one.
    """
    # To look for one byte takes a hundredth of the time.
    return b"B" in body and (b'"B"' in body or b'"BS"' in body)


class ReplyParserFactory(ResponseParserFactory):
    """Makes what reads the replies to a client of DynamoDB."""

    def create_parser(self, protocol_name: str) -> Any:
        """Return a parser of the replies in this protocol."""
        if protocol_name == "json":
            return _Parser()
        return super().create_parser(protocol_name)
