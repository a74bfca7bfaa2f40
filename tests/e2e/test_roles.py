"""Each function in all its branches under its own role, which AWS enforces, and so does MiniStack.

What the branches do is tested elsewhere; here nothing may fail for want of a permission.
"""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.e2e

LONG = "long " * 1900
RUN = "?rid=3f1e2b54-9d0c-4a0a-8c62-0d6c5a3b7e11"


@pytest.fixture(autouse=True)
def no_failure(system):
    """Let no function fail, not even where the client cannot tell."""
    before = len(system.logged())
    yield
    assert [entry for entry in system.logged()[before:] if entry["level"] == "ERROR"] == []


@pytest.fixture(scope="module")
def foreign_check(command_line, anyone):
    """Make a check in somebody else's project."""
    theirs = json.loads(command_line("project", "create", "Theirs", "--json").stdout)
    key = {"X-Api-Key": theirs["api_key"]}
    return anyone.post("/api/v3/checks/", headers=key, json={"name": "Theirs"}).json()


def test_roles_are_enforced(system):
    role = next(
        function["Role"]
        for function in system.aws("lambda").list_functions()["Functions"]
        if "ShowStatus" in function["FunctionName"]
    )
    credentials = system.aws("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    dynamodb = boto3.client(
        "dynamodb",
        endpoint_url=system.variables["AWS_ENDPOINT_URL"],
        region_name=system.variables["AWS_DEFAULT_REGION"],
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    key, table = {"key": {"S": "x"}}, system.variables["KEYS_TABLE"]

    dynamodb.get_item(TableName=table, Key=key)
    with pytest.raises(ClientError, match="not authorized"):
        dynamodb.put_item(TableName=table, Item=key)
    with pytest.raises(ClientError, match="not authorized"):
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": key}}])


def test_checks_are_created_and_found_by_unique_fields(api):
    def create(**fields):
        return api.post("/api/v3/checks/", json=fields).status_code

    assert create(name="r1", slug="r1", channels="*", desc=LONG, failure_kw="k" * 200) == 201
    assert create(channels="Team,On-call") == 201
    assert create(name="r2", unique=["name", "tags", "timeout", "grace"]) == 201
    every = {"name": "r3", "slug": "r3", "tags": "r", "timeout": 60, "grace": 60}
    assert create(**every, desc=LONG, channels="*", unique=[*every]) == 201
    assert create(**every, desc="", channels="", unique=[*every]) == 200
    assert create(**every, desc=LONG, schedule="* * * * *", unique=["slug"]) == 200
    assert create(name="v1", channels="nobody") == 400


def test_checks_are_changed(api, create, foreign_check):
    url = create(name="r4", slug="r4")["update_url"]

    for fields in (
        {"slug": "r4-new", "tags": "r4"},
        {"slug": ""},
        {"desc": LONG, "slug": "r4"},
        {"success_kw": "k" * 200, "failure_kw": "k" * 200, "start_kw": "k" * 200},
        {"desc": ""},
        {"schedule": "Mon 12:00", "tz": "Europe/Kiev"},
        {"timeout": 60, "grace": 60, "channels": "*"},
        {"channels": "Team"},
        {},
    ):
        assert api.post(url, json=fields).status_code == 200
    for version in ("v1", "v2"):
        older = url.replace("v3", version)
        assert api.post(older, json={"name": f"r4 {version}"}).status_code == 200
    foreign = f"/api/v3/checks/{foreign_check['uuid']}"
    assert api.post(foreign, json={"name": "mine"}).status_code == 403
    assert api.post(f"{foreign[:-4]}0000", json={}).status_code == 404


def test_checks_are_paused_resumed_and_deleted(api, anyone, create, foreign_check):
    check = create(slug="r5", desc=LONG, manual_resume=True)
    url = check["update_url"]
    steps = ["resume", "pause", "pause", "resume", "pause"]

    assert [api.post(f"{url}/{step}").status_code for step in steps] == [409, 200, 200, 200, 200]
    assert anyone.get(check["ping_url"]).status_code == 200
    assert api.post(f"{url}/resume").status_code == 200
    assert anyone.get(f"{check['ping_url']}/start").status_code == 200
    assert api.post(f"{url}/pause").status_code == 200
    assert api.delete(url).status_code == 200
    foreign = f"/api/v3/checks/{foreign_check['uuid']}"
    assert api.post(f"{foreign}/pause").status_code == 403
    assert api.post(f"{foreign}/resume").status_code == 403
    assert api.delete(foreign).status_code == 403
    assert [api.delete(url).status_code, api.post(f"{url}/pause").status_code] == [404, 404]


def test_checks_and_their_history_are_read(system, api, anyone, create, foreign_check):
    readonly = {"X-Api-Key": system.api_key_readonly}
    check = create(slug="r6", desc=LONG, tags="r6")
    anyone.post(check["ping_url"], content=b"x" * 5000)
    url, foreign = check["update_url"], f"/api/v3/checks/{foreign_check['uuid']}"
    (shown,) = api.get("/api/v3/checks/?slug=r6&tag=r6", headers=readonly).json()["checks"]
    by_key = f"/api/v3/checks/{shown['unique_key']}"

    for found in (url, by_key, f"{url}/flips/", f"{by_key}/flips/?seconds=60"):
        assert api.get(found).status_code == 200
        assert api.get(found, headers=readonly).status_code == 200
    assert api.get(f"{url}/pings/").status_code == 200
    assert api.get(f"{url}/pings/1/body").content == b"x" * 5000
    for path in ("", "/flips/", "/pings/", "/pings/1/body"):
        assert api.get(f"{foreign}{path}").status_code == 403
        assert api.get(f"{foreign[:-4]}0000{path}").status_code == 404
    assert api.get(f"/api/v3/checks/{'0' * 40}/flips/").status_code == 404


def test_pings_by_uuid_are_received(anyone, create):
    url = create(desc=LONG)["ping_url"]
    keywords = create(desc=LONG, filter_http_body=True, failure_kw="bad", success_kw="k" * 200)
    post_only = create(methods="POST")

    for suffix in ("/start", "", "/fail", "/log", "/0", "/7", f"/start{RUN}", RUN):
        for body in (b"", b"short", b"x" * 100_000):
            assert anyone.post(url + suffix, content=body).status_code == 200
    assert anyone.post(keywords["ping_url"], content=b"bad").status_code == 200
    assert anyone.post(keywords["ping_url"], content=b"nothing").status_code == 200
    assert anyone.get(post_only["ping_url"]).status_code == 200
    assert anyone.get(f"{url}/256").status_code == 400
    assert anyone.get(f"{url}?rid=x").status_code == 400
    assert anyone.get(f"{url[:-4]}0000").status_code == 404


def test_pings_by_slug_are_received_and_create_checks(system, anyone, create):
    url = f"/ping/{system.ping_key}"
    create(slug="r7")
    create(slug="r7-twice")
    create(slug="r7-twice")

    assert anyone.get(f"{url}/r7").status_code == 200
    assert anyone.get(f"{url}/r7/fail?create=1").status_code == 200
    assert anyone.get(f"{url}/r7-none").status_code == 404
    assert anyone.get(f"{url}/r7-twice?create=1").status_code == 409
    assert anyone.post(f"{url}/r7-new?create=1", content=b"x" * 10_000).status_code == 201
    assert anyone.post(f"{url}/r7-new/start?create=1").status_code == 200
    assert anyone.get(f"{url}/r7-new-fail/fail?create=1").status_code == 201
    assert anyone.get(f"{url}/r7-new-start/start?create=1").status_code == 201
    assert anyone.get(f"{url}/{'r' * 101}?create=1").status_code == 400
    assert anyone.get("/ping/nobody/r7?create=1").status_code == 404


def test_badges_are_shown(api, anyone, create):
    check = create(tags="r8")
    badges = api.get("/api/v3/badges/").json()["badges"]

    for url in [*badges["*"].values(), *badges["r8"].values(), check["badge_url"]]:
        assert anyone.get(url).status_code == 200
        key = url.split("/")[-3 if "/badge/" in url else -1][:36]
        assert anyone.get(url.replace(key, f"{key[:-4]}0000")).status_code == 404
