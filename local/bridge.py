"""What MiniStack lacks of AWS, said to it in other words or not at all.

Each function changes the expanded template so that MiniStack does what AWS does with the original.
"""

from typing import Any

_ANY = "x-amazon-apigateway-any-method"

# What `ANY` stands for.
_METHODS = ["get", "head", "options", "post", "put", "patch", "delete"]


def bridge(template: dict[str, Any]) -> None:
    """Change the template in place; what needs no bridge stays as it is."""
    for name, resource in list(template["Resources"].items()):
        match resource["Type"]:
            case "AWS::ApiGateway::RestApi":
                _spell_out_any(resource)
                _decode_binary_media_types(resource)
            case "AWS::IAM::Role":
                _widen_grants(resource)
            # MiniStack computes nothing of metrics, and refuses alarms that do.
            case "AWS::CloudWatch::Alarm" if "Metrics" in resource["Properties"]:
                del template["Resources"][name]
            case "AWS::S3::BucketPolicy":
                _allow_plain_http(resource)
            # It receives no mail; local/ses.py does.
            case "AWS::SES::ReceiptRule" | "AWS::SES::ReceiptRuleSet":
                del template["Resources"][name]


def _spell_out_any(api: dict[str, Any]) -> None:
    """MiniStack does not know the extension by which the body of a REST API says `ANY`."""
    for operations in api["Properties"]["Body"]["paths"].values():
        operation = operations.pop(_ANY, None)
        if operation:
            for method in _METHODS:
                operations.setdefault(method, operation)


def _decode_binary_media_types(api: dict[str, Any]) -> None:
    """MiniStack takes `*~1*`, CloudFormation's way to write `*/*`, at its word."""
    types = api["Properties"]["BinaryMediaTypes"]
    api["Properties"]["BinaryMediaTypes"] = [name.replace("~1", "/") for name in types]


def _widen_grants(role: dict[str, Any]) -> None:
    """MiniStack asks for more than AWS does.

    To send messages in batches takes an action of its own there, and to send mail a grant on
    everything, for it does not tell from which identity the mail comes.
    """
    for policy in role["Properties"].get("Policies", []):
        for statement in policy["PolicyDocument"]["Statement"]:
            granted = statement.get("Fn::If", [None, statement])[1]
            if granted["Action"] == ["sqs:SendMessage"]:
                granted["Action"] = ["sqs:SendMessage", "sqs:SendMessageBatch"]
            if "ses:SendEmail" in granted["Action"]:
                granted["Resource"] = "*"


def _allow_plain_http(policy: dict[str, Any]) -> None:
    """MiniStack is asked by plain HTTP, which its S3 refuses where a policy does."""
    document = policy["Properties"]["PolicyDocument"]
    document["Statement"] = [
        statement
        for statement in document["Statement"]
        if "aws:SecureTransport" not in statement.get("Condition", {}).get("Bool", {})
    ]
