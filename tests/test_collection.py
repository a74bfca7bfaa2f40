"""Every test is found, and none makes those after it slow."""

from fnmatch import fnmatch
from pathlib import Path

from moto.core.models import responses_mock


def test_no_folder_of_tests_is_left_out(pytestconfig):
    folders = {path.parent for path in Path(__file__).parent.rglob("test_*.py")}
    left_out = pytestconfig.getini("norecursedirs")

    assert len(folders) > 10
    assert not [
        folder for folder in folders for pattern in left_out if fnmatch(folder.name, pattern)
    ]


def test_what_stands_in_for_aws_does_not_grow_with_each_test(tables):
    # It made hundreds of thousands of objects in a run, for the garbage collector to go through.
    assert responses_mock.registered() == []
