"""What is wrong with channels, told to who runs Nightbell."""

from botocore.exceptions import BotoCoreError, ClientError

from nightbell.alerts import aws
from nightbell.domain.channels import Channel
from nightbell.logs import logger
from nightbell.settings import settings


def report(event: str, channel: Channel) -> None:
    """Log what has happened to a channel and publish it to the operator's topic, if there is one.

    That this fails stops nothing: the same is in the log.
    """
    logger.warning(
        event,
        project=channel.project_id,
        channel=channel.channel_id,
        kind=channel.kind,
        error=channel.error,
    )
    if not settings.operator_topic:
        return
    text = (
        f"{event}.\n\nProject: {channel.project_id}\nChannel: {channel.channel_id}\n"
        f"Name: {channel.name}\nKind: {channel.kind}\nError: {channel.error}\n"
    )
    try:
        aws.client("sns").publish(
            TopicArn=settings.operator_topic, Subject=f"Nightbell: {event}", Message=text
        )
    except (BotoCoreError, ClientError) as error:
        logger.error("The operator could not be told", error=type(error).__name__)
