"""Both APIs take TLS 1.2 and IPv6, have limits, and domain names if wanted."""

import pytest

from tests.template import rules
from tests.template.source import GLOBALS, RESOURCES, TEMPLATE, WARM, expand, expanded, read

API = RESOURCES["RestApi"]["Properties"]
STAGE = RESOURCES["PingStage"]["Properties"]


def properties(name):
    return RESOURCES[name]["Properties"]


def test_nothing_older_than_tls_1_2_is_spoken():
    assert API["SecurityPolicy"] == "SecurityPolicy_TLS13_1_2_2021_06"
    assert API["EndpointAccessMode"] == "BASIC"
    assert properties("SiteDomainName")["SecurityPolicy"] == "TLS_1_2"
    (configuration,) = properties("PingDomainName")["DomainNameConfigurations"]
    assert configuration["SecurityPolicy"] == "TLS_1_2"


def test_all_is_reached_by_ipv6_as_well():
    (configuration,) = properties("PingDomainName")["DomainNameConfigurations"]
    dual = [
        API["EndpointConfiguration"],
        properties("PingApi"),
        properties("SiteDomainName")["EndpointConfiguration"],
        configuration,
    ]

    assert [one["IpAddressType"] for one in dual] == ["dualstack"] * 4


def test_requests_are_limited_by_parameters():
    (every,) = API["MethodSettings"]

    assert (every["HttpMethod"], every["ResourcePath"]) == ("*", "/*")
    for settings, name in ((every, "Api"), (STAGE["DefaultRouteSettings"], "Ping")):
        assert settings["ThrottlingRateLimit"] == {"Ref": f"{name}RateLimit"}
        assert settings["ThrottlingBurstLimit"] == {"Ref": f"{name}BurstLimit"}


def test_a_guided_deployment_does_not_ask_about_each_route():
    assert API["Auth"] == {"ApiKeyRequired": False}


@pytest.mark.parametrize(
    ("name", "mapping"),
    [
        ("Site", {"RestApiId": {"Ref": "RestApi"}, "Stage": {"Ref": "RestApi.Stage"}}),
        ("Ping", {"ApiId": {"Ref": "PingApi"}, "Stage": {"Ref": "PingStage"}}),
    ],
)
def test_a_domain_name_leads_to_its_api_and_is_there_only_if_wanted(name, mapping):
    domain = {"Ref": f"{name}DomainName"}
    target = {"Fn::GetAtt": [f"{name}DomainName", "RegionalDomainName"]}
    records = {f"{name}Record": "A", f"{name}RecordOfIPv6": "AAAA"}

    assert properties(f"{name}Mapping") == {"DomainName": domain, **mapping}
    for resource in (f"{name}DomainName", f"{name}Mapping"):
        assert RESOURCES[resource]["Condition"] == f"Has{name}Domain"
    for record, kind in records.items():
        assert RESOURCES[record]["Condition"] == f"Has{name}Zone"
        assert properties(record)["Type"] == kind
        assert properties(record)["AliasTarget"]["DNSName"] == target
    assert TEMPLATE["Outputs"][f"{name}DomainTarget"] == {
        **TEMPLATE["Outputs"][f"{name}DomainTarget"],
        "Condition": f"Has{name}Domain",
        "Value": target,
    }


def test_the_outputs_tell_how_to_make_the_first_project():
    command = TEMPLATE["Outputs"]["FirstProject"]["Value"]["Fn::Sub"]

    assert command == 'nightbell --stack ${AWS::StackName} project create "My project"'


def test_warm_pings_are_published_anew_when_the_package_has_changed():
    changed = read()
    for layer in RESOURCES[WARM]["Properties"].get("Layers", GLOBALS["Layers"]):
        changed["Resources"][layer["Ref"]]["Properties"]["ContentUri"] += "another/"

    before, after = (
        set(rules.of_type(template, "Lambda::Version"))
        for template in (expanded(), expand(changed))
    )

    assert before.isdisjoint(after)
    assert len(before) == len(after) == 1
