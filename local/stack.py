"""The stack of template.yaml on the emulator: packaged, created or brought up to date."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.exceptions
from samtranslator.yaml_helper import yaml_parse

from local.emulator import REGION, Emulator
from local.packages import Package, package
from nightbell.settings import in_outputs

ROOT = Path(__file__).parent.parent
NAME = "nightbell"
BUCKET = "nightbell-packages"
SENDER = "alerts@nightbell.localhost"
PING_MAIL_DOMAIN = "ping.nightbell.localhost"


class StackFailed(Exception):
    """The stack could not be created or updated; the text is CloudFormation's reason."""


@dataclass(frozen=True)
class Stack:
    """What the rest of the local run needs to know of the stack."""

    rest_api: str
    ping_api: str
    ping_function: str
    mail_bucket: str  # of mails that came in, and the topic that hears of them
    mail_topic: str
    mail_domain: str
    settings: dict[str, str]  # what programs outside of it need to know, by environment variable


def deploy(emulator: Emulator, site_url: str, scratch: Path, **more: str) -> Stack:
    """Create the stack, or update the one that a former run left, with the code as it is now.

    `more` are further parameters of the template.
    """
    template = yaml_parse((ROOT / "template.yaml").read_text())
    packages = _use_packages(template, scratch)
    parameters = {
        "SiteUrl": site_url,
        "PingUrl": f"{site_url}/ping/",
        "MailFrom": f"Nightbell <{SENDER}>",
        "PingMailDomain": PING_MAIL_DOMAIN,
        "PingMailRuleSet": "none",  # MiniStack has no rule sets
        "AllowPrivateNetworks": "true",  # receivers on this machine
        **more,
    }

    _upload(emulator, packages, template)
    _apply(emulator, parameters)
    _verify_sender(emulator)
    return _describe(emulator)


def _use_packages(template: dict[str, Any], scratch: Path) -> list[Package]:
    packages: dict[Path, Package] = {}
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        match resource["Type"]:
            case "AWS::Serverless::Function":
                place, prefix = "CodeUri", ""
                folder = ROOT / properties[place]
            case "AWS::Serverless::LayerVersion":
                # The package alone: what it needs is in MiniStack's own environment.
                place, prefix = "ContentUri", "python/"
                folder = ROOT / properties[place] / "python"
            case _:
                continue
        if folder not in packages:
            packages[folder] = package(folder, scratch, prefix)
        properties[place] = f"s3://{BUCKET}/{packages[folder].key}"
    return list(packages.values())


def _upload(emulator: Emulator, packages: list[Package], template: dict[str, Any]) -> None:
    s3 = emulator.client("s3")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    for former in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=former["Key"])  # Lambda has copies
    for archive in packages:
        s3.put_object(Bucket=BUCKET, Key=archive.key, Body=archive.content)
    s3.put_object(Bucket=BUCKET, Key="template.json", Body=json.dumps(template).encode())


def _apply(emulator: Emulator, parameters: Mapping[str, str]) -> None:
    cloudformation = emulator.client("cloudformation")
    request = {
        "StackName": NAME,
        "TemplateURL": f"{emulator.url}/{BUCKET}/template.json",
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
    }
    try:
        if _exists(cloudformation):
            cloudformation.update_stack(**request)
            waiter = cloudformation.get_waiter("stack_update_complete")
        else:
            cloudformation.create_stack(**request)
            waiter = cloudformation.get_waiter("stack_create_complete")
        waiter.wait(StackName=NAME, WaiterConfig={"Delay": 0.2, "MaxAttempts": 600})
    except botocore.exceptions.WaiterError as error:
        raise StackFailed(_reason(cloudformation)) from error
    except botocore.exceptions.ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise StackFailed(str(error)) from error


def _verify_sender(emulator: Emulator) -> None:
    ses = emulator.client("sesv2")
    with suppress(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity=SENDER)


def _exists(cloudformation: Any) -> bool:
    pages = cloudformation.get_paginator("list_stacks").paginate()
    return any(
        stack["StackName"] == NAME and stack["StackStatus"] != "DELETE_COMPLETE"
        for page in pages
        for stack in page["StackSummaries"]
    )


def _reason(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    failures = [
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
    ]
    return failures[-1] if failures else "no reason given"


def _describe(emulator: Emulator) -> Stack:
    cloudformation = emulator.client("cloudformation")
    resources = cloudformation.describe_stack_resources(StackName=NAME)
    (stack,) = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    ids = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources["StackResources"]
    }
    return Stack(
        rest_api=ids["RestApi"],
        ping_api=ids["PingApi"],
        ping_function=ids["PingFunction"],
        mail_bucket=outputs["PingMailBucket"],
        mail_topic=outputs["PingMailTopic"],
        mail_domain=PING_MAIL_DOMAIN,
        settings={name.upper(): value for name, value in in_outputs(outputs).items()},
    )
