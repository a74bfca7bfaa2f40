"""The table of permissions in the documents is what the roles of the template allow."""

import difflib

import pytest

from tests.template import roles, source

DOCUMENT = (source.ROOT / "docs/permissions.md").read_text()

# The policies of a role, by the heading under which the document lists what they allow.
POLICIES = {
    "What functions call": {"calls", "starts-its-parts", "WriteLogs"},
    "What AWS does in their name": {"events"},
}


def documented(heading):
    """Return the lines of the table under a heading."""
    text = DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("heading", POLICIES)
def test_the_document_says_what_each_function_may_do(heading):
    told, allowed = documented(heading), roles.table(POLICIES[heading])

    changes = difflib.unified_diff(told, allowed, "docs/permissions.md", "template", lineterm="")
    assert told == allowed, "Change these lines:\n" + "\n".join(changes)


def test_the_document_leaves_no_policy_out():
    policies = {grant.policy for found in roles.grants().values() for grant in found}

    assert policies == set().union(*POLICIES.values())
