"""GET /api/v3/openapi.json."""


def test_shows_a_document_to_anybody(call):
    answer = call("GET", "/api/v3/openapi.json", key=None)

    assert answer.status == 200
    assert answer.json["openapi"].startswith("3.1.")
    assert answer.headers["access-control-allow-origin"] == "*"


def test_only_version_3_has_it(call):
    assert call("GET", "/api/v2/openapi.json", key=None).status == 404


def test_a_client_that_has_it_is_not_sent_it_again(call):
    tag = call("GET", "/api/v3/openapi.json", key=None).headers["etag"]

    answer = call("GET", "/api/v3/openapi.json", key=None, headers={"If-None-Match": tag})

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == tag


def test_it_names_the_address_at_which_it_was_asked_for(call):
    document = call("GET", "/api/v3/openapi.json", key=None).json

    host = "x4wq9f8m2c.execute-api.eu-west-1.amazonaws.com"
    assert document["servers"][0]["url"] == f"https://{host}/live"
