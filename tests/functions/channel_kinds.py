"""Channels of all kinds: a deployment that can send to them, and what has to be given for each."""

from dataclasses import replace

from nightbell.alerts.kinds import apprise, email, eventbridge, sns
from nightbell.settings import settings
from tests.alerts import services

ARN = "arn:aws:{}:eu-west-1:123456789012:{}"

DEPLOYMENT = replace(
    settings,
    apprise_queue="queue",
    mail_from="alerts@example.org",
    alert_topics=ARN.format("sns", "alerts"),
    alert_buses=ARN.format("events", "event-bus/alerts"),
)

# The kinds that there are only where the deployment is set up for them.
CONFIGURED = (apprise, email, eventbridge, sns)

# The settings that have to be given; a group has none but its members.
SETTINGS = services.SETTINGS | {
    "apprise": {"url": f"json://hooks.example/{services.SECRET}"},
    "email": {"to": "ops@example.org"},
    "eventbridge": {"bus": DEPLOYMENT.alert_buses},
    "sms": {"to": "+37120000000"},
    "sns": {"topic": DEPLOYMENT.alert_topics},
}
