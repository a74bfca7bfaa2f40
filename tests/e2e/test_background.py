"""What happens after the answer: the remains of deleted checks go."""

import pytest

from tests.e2e.system import wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def remains(system):
    """Return a function that counts the items that belong to a check, by table."""
    dynamodb = system.aws("dynamodb")

    def count(check_id):
        return {
            name: dynamodb.query(
                TableName=system.variables[name],
                KeyConditionExpression="check_id = :id",
                ExpressionAttributeValues={":id": {"S": check_id}},
                Select="COUNT",
                ConsistentRead=True,
            )["Count"]
            for name in ("PINGS_TABLE", "FLIPS_TABLE")
        }

    return count


def test_log_and_flips_of_a_deleted_check_are_purged(create, api, anyone, remains):
    kept, deleted = create(name="Kept"), create(name="Deleted")
    for check in (kept, deleted):
        for number in range(14):  # with bodies apart, more items than one batch of writes holds
            anyone.post(f"{check['ping_url']}/{number % 2}", content=b"x" * 2000)
    assert remains(deleted["uuid"]) == {"PINGS_TABLE": 28, "FLIPS_TABLE": 14}

    assert api.delete(deleted["update_url"]).status_code == 200

    wait_until(lambda: not any(remains(deleted["uuid"]).values()))
    assert remains(kept["uuid"]) == {"PINGS_TABLE": 28, "FLIPS_TABLE": 14}
