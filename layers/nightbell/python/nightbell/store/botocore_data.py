"""From what botocore makes its DynamoDB client.

Making the client was a fifth of what a cold ping takes, and nearly all of that was the reading of
data: about operations that nobody asks for, in words, and about the endpoints of 400 services.
"""

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

# Made by `python -m local.service_model`.
SERVICE_MODEL = Path(__file__).with_name("dynamodb.json")


class DynamoDBLoader(Loader):
    """Knows the operations that Nightbell uses, and of each region the plain endpoint.

    That is what botocore's rules for DynamoDB come to where nobody asks for FIPS, for dual stack
    or for the endpoints of an account. Where there are no rules, botocore takes the endpoint from
    what is known of the partition.
    """

    def load_service_model(
        self,
        service_name: str,
        type_name: str,
        api_version: str | None = None,  # noqa: ARG002
    ) -> Any:
        """Return the operations; raises UnknownServiceError for rules about endpoints."""
        if type_name == "service-2":
            return json.loads(SERVICE_MODEL.read_bytes())
        raise UnknownServiceError(service_name=service_name, known_service_names="")

    def load_data_with_path(self, name: str) -> tuple[Any, str]:
        """Return the data of that name, and the path of its file."""
        if name != "endpoints":
            data: tuple[Any, str] = super().load_data_with_path(name)
            return data
        partitions, path = super().load_data_with_path("partitions")
        return {"partitions": [_plain(each) for each in partitions["partitions"]]}, path


def _plain(partition: dict[str, Any]) -> dict[str, Any]:
    """Return what `endpoints.json` says of a partition, without its services."""
    return {
        "partition": partition["id"],
        "dnsSuffix": partition["outputs"]["dnsSuffix"],
        "regionRegex": partition["regionRegex"],
        "regions": partition["regions"],
        "defaults": {
            "hostname": "{service}.{region}.{dnsSuffix}",
            "protocols": ["https"],
            "signatureVersions": ["v4"],
        },
        "services": {},
    }
