"""The stack with everything that parameters can add to it."""

import urllib.error
import urllib.request

import pytest

from local.emulator import running_emulator
from local.stack import NAME, deploy

pytestmark = pytest.mark.e2e

CERTIFICATE = "arn:aws:acm:eu-west-1:000000000000:certificate/0b9f0dc5-7ef5-4a9c-8a13-3d1f0b2c5d6e"


def options(zone):
    return {
        "SiteUrl": "",  # a local run has one
        "SiteDomain": "nightbell.example.org",
        "SiteCertificateArn": CERTIFICATE,
        "SiteHostedZoneId": zone,
        "PingUrl": "",
        "PingDomain": "ping.example.org",
        "PingCertificateArn": CERTIFICATE,
        "PingHostedZoneId": zone,
        "PingProvisionedConcurrency": "2",
        "AlarmEmail": "ops@example.org",
        "AlertTopicArns": "arn:aws:sns:eu-west-1:000000000000:alerts",
        "AlertBusArns": "arn:aws:events:eu-west-1:000000000000:event-bus/default",
        "EnableApprise": "true",
        "AccessLogs": "all",
    }


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    with running_emulator(tmp_path_factory.mktemp("options")) as emulator:
        yield emulator


def test_everything_that_can_be_added_can_be_made(aws, tmp_path):
    dns = aws.client("route53")
    made = dns.create_hosted_zone(Name="example.org", CallerReference="test")
    zone = made["HostedZone"]["Id"].rpartition("/")[2]

    stack = deploy(aws, "", tmp_path, **options(zone))

    (described,) = aws.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    assert outputs["SiteUrl"] == "https://nightbell.example.org"
    assert outputs["PingUrl"] == "https://ping.example.org/ping/"
    assert {"AlarmTopic", "AppriseQueue", "SiteDomainTarget", "PingDomainTarget"} <= set(outputs)
    records = dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert {(record["Name"], record["Type"]) for record in records} >= {
        (f"{name}.example.org.", kind) for name in ("nightbell", "ping") for kind in ("A", "AAAA")
    }
    subscriptions = aws.client("sns").list_subscriptions_by_topic(TopicArn=outputs["AlarmTopic"])
    assert [one["Endpoint"] for one in subscriptions["Subscriptions"]] == ["ops@example.org"]
    (integration,) = aws.client("apigatewayv2").get_integrations(ApiId=stack.ping_api)["Items"]
    assert integration["IntegrationUri"].endswith(":warm")
    request = urllib.request.Request(
        f"{aws.url}/ping/5c0fdd0b-84d5-4b0f-b4a4-9ac0b5ec4a3f",
        headers={"Host": f"{stack.ping_api}.execute-api.localhost:{aws.port}"},
    )
    with pytest.raises(urllib.error.HTTPError, match="404") as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.headers["Cache-Control"].endswith("private")  # the function's own
    refusal.value.close()
