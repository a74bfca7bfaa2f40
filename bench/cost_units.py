"""What Nightbell asks of AWS for each thing that happens: what `bench.costs` counts with.

Capacity units, sizes and requests are asserted on real engines by tests/engine/test_cost.py and
test_alert_cost.py, milliseconds against docs/performance.md by tests/test_costs.py. Who makes the
code dearer, or cheaper, has to change them here; `make costs` then writes docs/costs.md anew.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Units:
    """Capacity units of DynamoDB."""

    read: float
    write: float

    def __add__(self, other: "Units") -> "Units":
        return Units(self.read + other.read, self.write + other.write)


# ---- Pings ---------------------------------------------------------------------------------------

# A signal by UUID that leaves the status as it is.
PING = Units(0.5, 2)
BY_SLUG = Units(0.5, 0)  # more, where it comes by slug

# More where a start signal brings the deadline forward, such as that of a daily job.
ENTRY_BROUGHT_FORWARD = Units(0, 2)

# A ping that changes the status. Its flip is what the stream brings to `dispatch_flip`.
FLIP_BY_PING = Units(0.5, 7)

# One that comes by mail, with a mail of 4,000 bytes. The mail is kept up to the limit of bodies.
PING_BY_MAIL = Units(0.5, 14)

# ---- The scan for deadlines ----------------------------------------------------------------------

# A run that finds nothing due.
IDLE_RUN = Units(4, 1)

# Each second that a run stays, because a deadline is less than two minutes off.
SECOND_OF_WAITING = Units(4.5, 0)

# A check whose entry has come up: taken down, its entry moved to a deadline that is more than half
# an hour off, or read because the deadline is nearer than that.
FLIP_BY_SCAN = Units(0.5, 5)
ENTRY_MOVED = Units(0.5, 3)
ENTRY_READ = Units(0.5, 0)

# ---- Alerts --------------------------------------------------------------------------------------

# A flip on its way into the queue, and what each channel adds to it.
DISPATCH = Units(2, 0)
DISPATCH_TO_CHANNEL = Units(0, 2)

# Telling one channel that a check is up; "down" takes a read unit less. Within a minute after the
# channel has answered, two write units less.
DELIVERY = Units(7, 4)

# What a reminder costs that a check is still down, until it is where a flip is.
REMINDER = Units(0, 6)

# Requests to SQS. The first is one for all channels of a flip, the others Lambda's, for each.
SENDS_OF_FLIP = 1
RECEIVE_AND_DELETE = 2

# ---- The API -------------------------------------------------------------------------------------

# A list of the 20 or 100 checks of a project, of 700 bytes each, at most.
LIST_OF_20 = Units(8, 0)
LIST_OF_100 = Units(22, 0)

# ---- Sizes, in bytes -----------------------------------------------------------------------------

# Items, with names, keys and the hundred bytes that DynamoDB adds to each. Entries of indexes too.
CHECK_STORED = 2_500  # with its keys
PING_STORED = 250  # with a short body
FLIP_STORED = 300
NOTIFICATION_STORED = 700
PINGS_KEPT = 1_000  # of each check
KEPT_FOR_DAYS = 93  # flips and notifications

CHECK_SHOWN = 1_000  # in a list that the API answers with

# ---- What the functions do besides ---------------------------------------------------------------

OWN_METRICS = 4  # that functions/scan_due writes

# ---- Milliseconds of CPU time, those of docs/performance.md rounded up ---------------------------

PING_MS = 5
PING_BY_MAIL_MS = 4
COLD_PING_MS = 200  # a new process until its first answer
IDLE_RUN_MS = 20
LIST_OF_100_MS = 16
DISPATCH_MS = 6
DELIVERY_MS = 16
