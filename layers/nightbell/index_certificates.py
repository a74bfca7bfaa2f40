"""Lets the AWS SDK in a layer read a certificate of an authority only when it meets one.

botocore reads all 127 for each connection: 208 million instructions, a quarter of a cold start.
OpenSSL can also look for the one it needs in a folder, by a digest of its name. So each gets a file
there, in the same copy of the SDK, and botocore names the folder. Verification is as complete as
before, and AWS_CA_BUNDLE works as before. Argument: the folder of the layer.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from OpenSSL.crypto import FILETYPE_PEM, load_certificate

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)

_ORIGINAL = """\
            conn.ca_certs = get_cert_path(verify)
"""
_CHANGED = """\
            # Changed for Nightbell's layer: authorities are read when they are met.
            if verify is True:
                conn.ca_cert_dir = os.path.join(os.path.dirname(__file__), 'authorities')
            else:
                conn.ca_certs = verify
"""


class UnknownCode(Exception):
    """botocore does not read as it did when this was written."""


def main(botocore: Path) -> None:
    """Split botocore's bundle into a folder and change the line that names the bundle."""
    session = botocore / "httpsession.py"
    code = session.read_text()
    if code.count(_ORIGINAL) != 1:
        raise UnknownCode(f"{session} has not this line, once:\n{_ORIGINAL}")
    session.write_text(code.replace(_ORIGINAL, _CHANGED))
    index((botocore / "cacert.pem").read_bytes(), botocore / "authorities")


def index(bundle: bytes, folder: Path) -> None:
    """Write each certificate of a bundle to the file where OpenSSL looks for its subject."""
    folder.mkdir(exist_ok=True)
    with_that_name: Counter[int] = Counter()
    for certificate in _CERTIFICATE.findall(bundle):
        digest = load_certificate(FILETYPE_PEM, certificate).subject_name_hash()
        number = with_that_name[digest]
        with_that_name[digest] += 1
        (folder / f"{digest:08x}.{number}").write_bytes(certificate)


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "botocore")
