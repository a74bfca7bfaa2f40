"""Two servers: one to take a project from, one to bring it to."""

import os

import pytest

from nightbell.cli.api import Api
from tests.cli.servers import running
from tests.cli.transfer.healthchecks import KEY, Healthchecks


@pytest.fixture
def healthchecks(monkeypatch):
    """Serve an empty project as Healthchecks does, and have its key in the environment."""
    project = Healthchecks()
    monkeypatch.setenv("NIGHTBELL_FROM_KEY", KEY)
    with running(project) as server:
        project.url = server.url
        yield project


@pytest.fixture
def api(site):
    """The API of the project to bring something to."""
    return Api(os.environ["NIGHTBELL_URL"], site.api_key)
