"""Every test is found."""

from fnmatch import fnmatch
from pathlib import Path


def test_no_folder_of_tests_is_left_out(pytestconfig):
    folders = {path.parent for path in Path(__file__).parent.rglob("test_*.py")}
    left_out = pytestconfig.getini("norecursedirs")

    assert len(folders) > 10
    assert not [
        folder for folder in folders for pattern in left_out if fnmatch(folder.name, pattern)
    ]
