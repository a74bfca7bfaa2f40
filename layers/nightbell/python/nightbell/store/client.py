"""The botocore client of DynamoDB, made without the work that its calls do not need.

What signs, finds credentials, sends and tries again is botocore's own.
"""

from typing import Any

from botocore.config import Config
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.session import Session

from nightbell.store.botocore_data import DynamoDBLoader
from nightbell.store.replies import ReplyParserFactory

# A lost packet must not outlive API Gateway (29 s) or hold a Lambda slot for long.
CONNECT_TIMEOUT = 1.0  # seconds
READ_TIMEOUT = 3.0  # seconds

_SERVICE = "dynamodb"


class _Session(Session):
    """Makes clients of DynamoDB; those of other services are an ordinary session's.

    Who finds credentials may need one: for a role to assume, or for a single sign-on.
    """

    def create_client(self, service_name: Any, *args: Any, **kwargs: Any) -> Any:
        """Return a new client of the service."""
        if service_name == _SERVICE:
            return super().create_client(service_name, *args, **kwargs)
        return Session(profile=self.profile).create_client(service_name, *args, **kwargs)


def make_client() -> Any:
    """Return a new client."""
    session = _Session(include_builtin_handlers=False)
    _register_handlers(session)
    session.register_component("response_parser_factory", ReplyParserFactory())
    if not _wants_special_endpoint(session):
        session.register_component("data_loader", DynamoDBLoader())
    config = Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        max_pool_connections=50,
        parameter_validation=False,  # pynamodb builds the requests
        retries={"mode": "standard", "total_max_attempts": 3},
        user_agent="nightbell",  # the default is composed anew for each request
        account_id_endpoint_mode="disabled",
    )
    return session.create_client(_SERVICE, config=config)


def concerns_dynamodb(event: str) -> bool:
    """Tell whether an event that botocore's own handlers wait for can be one of DynamoDB's."""
    kind, _, rest = event.partition(".")
    return kind != "docs" and rest.partition(".")[0] in ("", "*", _SERVICE)


def _register_handlers(session: Session) -> None:
    """Register botocore's own handlers but those for events of other services, nine of ten."""
    events = session.get_component("event_emitter")
    register = {
        None: events.register,
        REGISTER_FIRST: events.register_first,
        REGISTER_LAST: events.register_last,
    }
    for event, handler, *place in BUILTIN_HANDLERS:
        if concerns_dynamodb(event):
            register[place[0] if place else None](event, handler)


def _wants_special_endpoint(session: Session) -> bool:
    """Tell whether the environment asks for an endpoint that our loader knows nothing of."""
    settings = ("use_fips_endpoint", "use_dualstack_endpoint")
    return any(session.get_config_variable(setting) for setting in settings)
