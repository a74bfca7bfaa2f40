"""What MiniStack lacks of API Gateway and IAM, said to it in other words.

Each function changes the expanded template so that MiniStack does what AWS does with the original.
"""

from typing import Any

_ANY = "x-amazon-apigateway-any-method"

# What `ANY` stands for.
_METHODS = ["get", "head", "options", "post", "put", "patch", "delete"]


def bridge(template: dict[str, Any]) -> None:
    """Change the template in place; what needs no bridge stays as it is."""
    for logical_id, resource in list(template["Resources"].items()):
        match resource["Type"]:
            case "AWS::ApiGatewayV2::Api":
                _make_routes_of_body(template, logical_id)
            case "AWS::ApiGateway::RestApi":
                _spell_out_any(resource)
                _decode_binary_media_types(resource)
            case "AWS::IAM::Role":
                _widen_grants(resource)


def _make_routes_of_body(template: dict[str, Any], api: str) -> None:
    """MiniStack does not read the body of an HTTP API, where SAM writes the routes."""
    properties = template["Resources"][api]["Properties"]
    body = properties.pop("Body")
    properties |= {"Name": api, "ProtocolType": "HTTP"}
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            # …/functions/${PingFunction.Arn}/invocations
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            function = uri.rpartition("${")[2].partition(".Arn}")[0]
            verb = "ANY" if method == _ANY else method.upper()
            name = f"{api}{len(template['Resources'])}"
            template["Resources"] |= {
                f"{name}Integration": {
                    "Type": "AWS::ApiGatewayV2::Integration",
                    "Properties": {
                        "ApiId": {"Ref": api},
                        "IntegrationType": "AWS_PROXY",
                        "IntegrationUri": {"Fn::GetAtt": [function, "Arn"]},
                        "PayloadFormatVersion": "2.0",
                    },
                },
                f"{name}Route": {
                    "Type": "AWS::ApiGatewayV2::Route",
                    "Properties": {
                        "ApiId": {"Ref": api},
                        "RouteKey": f"{verb} {path}",
                        "Target": {"Fn::Sub": f"integrations/${{{name}Integration}}"},
                    },
                },
            }


def _spell_out_any(api: dict[str, Any]) -> None:
    """MiniStack does not know the extension by which the body of a REST API says `ANY`."""
    for operations in api["Properties"]["Body"]["paths"].values():
        operation = operations.pop(_ANY, None)
        if operation:
            operations.update(dict.fromkeys(_METHODS, operation))


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
