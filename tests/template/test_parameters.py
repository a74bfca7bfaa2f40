"""Parameters are described, grouped and safe; wrong ones are refused before anything is made."""

import re

import pytest

from tests.template.source import TEMPLATE

PARAMETERS = TEMPLATE["Parameters"]
INTERFACE = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/0b9f0dc5-7ef5-4a9c-8a13-3d1f0b2c5d6e"


def evaluated(condition, values):
    """Return what a condition of a rule says of parameters."""
    match condition:
        case {"Ref": "AWS::Region"}:
            return values.get("region", "eu-west-1")
        case {"Ref": name}:
            return str(values.get(name, PARAMETERS[name]["Default"]))
        case {"Fn::Equals": [one, other]}:
            return evaluated(one, values) == evaluated(other, values)
        case {"Fn::Not": [one]}:
            return not evaluated(one, values)
        case {"Fn::Contains": [several, one]}:
            return evaluated(one, values) in several
        case {"Fn::Or": several}:
            return any(evaluated(one, values) for one in several)
    return condition


def complaints(values):
    """Return what CloudFormation answers to these parameters, all others being as they are."""
    return [
        assertion["AssertDescription"]
        for rule in TEMPLATE["Rules"].values()
        if evaluated(rule["RuleCondition"], values)
        for assertion in rule["Assertions"]
        if not evaluated(assertion["Assert"], values)
    ]


def accepts(name, value):
    return re.search(PARAMETERS[name]["AllowedPattern"], value) is not None


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_is_described_and_has_a_default_that_it_accepts(name):
    parameter = PARAMETERS[name]

    assert parameter["Description"][-1] != "."
    assert accepts(name, parameter["Default"]) if "AllowedPattern" in parameter else True
    assert parameter["Default"] in parameter.get("AllowedValues", [parameter["Default"]])
    if parameter["Type"] == "String":
        assert "AllowedPattern" in parameter or "AllowedValues" in parameter
    else:
        assert "MinValue" in parameter or "AllowedValues" in parameter


def test_every_parameter_is_in_one_group():
    grouped = [name for group in INTERFACE["ParameterGroups"] for name in group["Parameters"]]

    assert sorted(grouped) == sorted(PARAMETERS)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("AlarmEmail", "ops@example.org", "ops"),
        ("AlarmTopicArn", "arn:aws:sns:eu-west-1:123456789012:alarms", "alarms"),
        ("MailFrom", "Nightbell <alerts@example.org>", "Nightbell"),
        ("SiteDomain", "nightbell.example.org", "https://nightbell.example.org"),
        ("SiteCertificateArn", CERTIFICATE, "0b9f0dc5-7ef5-4a9c-8a13-3d1f0b2c5d6e"),
        ("SiteHostedZoneId", "Z0123456789ABC", "example.org"),
        ("PingDomain", "ping.example.org", "ping.example.org/"),
        ("PingCertificateArn", CERTIFICATE, "arn:aws:iam::123456789012:server-certificate/x"),
        ("PingHostedZoneId", "Z0123456789ABC", "z0123456789abc"),
        ("SiteUrl", "https://nightbell.example.org/live", "https://nightbell.example.org/"),
        ("PingUrl", "https://ping.example.org/ping/", "https://ping.example.org/"),
        ("PingMailDomain", "ping.example.org", "@ping.example.org"),
        ("PingMailRuleSet", "default-rule-set", "arn:aws:ses:eu-west-1:1:receipt-rule-set/x"),
        ("PingMailRefuse", "spam,spf,dkim,dmarc", "spam, virus"),
        ("HealthAllowList", "10.0.0.0/8, 2001:db8::/32", "everybody"),
        ("AlertTopicArns", "arn:aws:sns:eu-west-1:1:a,arn:aws:sns:eu-west-1:1:b", "a,b"),
        ("AlertBusArns", "arn:aws:events:eu-west-1:1:event-bus/default", "default"),
        ("SecretsKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/1-2", "alias/nightbell"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(name, good, bad):
    assert accepts(name, good)
    assert not accepts(name, bad)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"SiteDomain": "a.example.org", "SiteCertificateArn": CERTIFICATE},
        {"PingDomain": "p.example.org", "PingCertificateArn": CERTIFICATE, "PingHostedZoneId": "Z"},
        {"AlarmEmail": "ops@example.org"},
        {"AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms"},
        {"PingSnapStart": "true"},
        {"PingProvisionedConcurrency": 5},
        {"PingMailDomain": "m.example.org"},
        {"PingMailDomain": "m.example.org", "PingMailRuleSet": "x", "PingMailRefuse": "spam"},
        {"region": "eu-central-2"},
    ],
)
def test_what_belongs_together_is_accepted(values):
    assert complaints(values) == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"SiteDomain": "a.example.org"}, "SiteDomain needs SiteCertificateArn"),
        ({"SiteCertificateArn": CERTIFICATE}, "need SiteDomain"),
        ({"SiteHostedZoneId": "Z1"}, "need SiteDomain"),
        ({"PingDomain": "p.example.org"}, "PingDomain needs PingCertificateArn"),
        ({"PingCertificateArn": CERTIFICATE}, "need PingDomain"),
        ({"PingHostedZoneId": "Z1"}, "need PingDomain"),
        (
            {
                "SiteDomain": "a.example.org",
                "PingDomain": "a.example.org",
                "SiteCertificateArn": CERTIFICATE,
                "PingCertificateArn": CERTIFICATE,
            },
            "PingDomain is another than SiteDomain",
        ),
        ({"AlarmEmail": "ops@example.org", "AlarmTopicArn": "arn:aws:sns:x"}, "no AlarmTopicArn"),
        ({"PingSnapStart": "true", "PingProvisionedConcurrency": 1}, "no snapshot"),
        ({"PingMailRuleSet": "default-rule-set"}, "need PingMailDomain"),
        ({"PingMailRefuse": "spam"}, "need PingMailDomain"),
        ({"PingMailDomain": "m.example.org", "region": "eu-central-2"}, "receives no mail"),
    ],
)
def test_what_is_incomplete_or_contradicts_itself_is_refused(values, told):
    (complaint,) = complaints(values)

    assert told in complaint
