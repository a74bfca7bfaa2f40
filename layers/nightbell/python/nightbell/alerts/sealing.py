"""The secret settings of channels, encrypted by KMS.

Functions that make channels may only encrypt, those that send may only decrypt: so what the API
was given it cannot show again. A sealed text is bound to its project, channel and setting.
"""

import base64
import json
from functools import lru_cache
from typing import Any

from nightbell.alerts import aws
from nightbell.domain.channels import Channel
from nightbell.settings import settings

LARGEST = 4096  # bytes that KMS encrypts


def seal(project_id: str, channel_id: str, name: str, secret: str) -> str:
    """Return a secret setting as it is stored."""
    answer = aws.client("kms").encrypt(
        KeyId=settings.secrets_key,
        Plaintext=secret.encode(),
        EncryptionContext=_context(project_id, channel_id, name),
    )
    return base64.b64encode(answer["CiphertextBlob"]).decode()


def unseal(channel: Channel) -> dict[str, Any]:
    """Return the secret settings of a channel, as they are in JSON."""
    return {
        name: json.loads(_unseal(channel.project_id, channel.channel_id, name, sealed))
        for name, sealed in channel.sealed.items()
    }


# A warm function asks for each setting once.
@lru_cache(maxsize=1000)
def _unseal(project_id: str, channel_id: str, name: str, sealed: str) -> str:
    answer = aws.client("kms").decrypt(
        KeyId=settings.secrets_key,
        CiphertextBlob=base64.b64decode(sealed),
        EncryptionContext=_context(project_id, channel_id, name),
    )
    return bytes(answer["Plaintext"]).decode()


def _context(project_id: str, channel_id: str, name: str) -> dict[str, str]:
    return {"project": project_id, "channel": channel_id, "setting": name}
