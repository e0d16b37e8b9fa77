"""What one needs in order to ask BankID: where its API is, a certificate of one's own, and the root
that vouches for BankID's servers. Neither is in a system's own store."""

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509

ADDRESSES = {
    "production": "https://appapi2.bankid.com",
    "test": "https://appapi2.test.bankid.com",
}
APP = "https://app.bankid.com/"
_BEGIN = "-----BEGIN "


class WrongPassword(ValueError):
    """The key of a certificate opens with another one."""


def read(value: str, *needed: str) -> str:
    """A setting's PEM: itself, or of the file that it names.

    needed: the kinds of part that must be in it, e.g. 'CERTIFICATE'. Raises ValueError, without
    the text, when it is not there or lacks one.
    """
    pem = value
    if not value.lstrip().startswith(_BEGIN):
        try:
            pem = Path(value).read_text("ascii")
        except (OSError, ValueError):
            raise ValueError("no such file") from None
    if not all(f"{part}-----" in pem for part in needed):
        raise ValueError("something is missing in it")
    return pem


def context(certificate: str, password: str | None, root: str) -> ssl.SSLContext:
    """For calls that show our certificate and believe no other root.

    certificate: PEM of the certificate, those between it and its root, and its key.
    Raises ValueError when they do not fit together, WrongPassword when that is why.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_verify_locations(cadata=root)
    except ssl.SSLError:
        raise ValueError("no root") from None
    with _as_file(certificate) as path:
        try:
            # A key that is locked and no password: OpenSSL would ask the terminal for it.
            made.load_cert_chain(path, password=password or "")
        except ssl.SSLError as error:
            wrong = "ENCRYPTED" in certificate and "MISMATCH" not in str(error)
            raise (WrongPassword if wrong else ValueError)("the key does not open") from None
    return made


@contextmanager
def _as_file(pem: str) -> Iterator[str]:
    """For as long as the block lasts, readable by us alone: OpenSSL takes a certificate from a file
    only."""
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "w") as file:
            file.write(pem)
        yield path
    finally:
        Path(path).unlink()


def ends_at(certificate: str) -> datetime:
    """Until when the first certificate of a PEM holds. Raises ValueError."""
    return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc


@dataclass
class BankId:
    """As the process has it. Filled by the factory."""

    is_on: bool = False
    is_test: bool = False
    """Anybody can get a BankID there."""
    ends_at: datetime | None = None
    """Until when our certificate holds."""
    app: str = APP

    def configure(self, api: str | None, certificate: str | None, app: str = APP) -> None:
        """api: as of the setting BANKID; None where it is off. certificate: PEM."""
        self.is_on = api is not None
        self.is_test = api == "test"
        self.ends_at = ends_at(certificate) if api and certificate else None
        self.app = app


bankid = BankId()
