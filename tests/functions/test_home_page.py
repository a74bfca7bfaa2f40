"""GET /."""


def test_leads_to_the_project_that_was_signed_in_to_last(signed_in, other):
    signed_in.sign_in(other.api_key)

    assert signed_in.get("/").path == f"/projects/{other.project_id}/checks"


def test_leads_a_stranger_to_where_one_signs_in(browser):
    assert browser.get("/").path == "/sign-in"
