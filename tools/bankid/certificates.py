"""Certificates for the simulator: an authority, a server on this machine, and who may ask it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
DAYS = 365


@dataclass(frozen=True)
class Certificates:
    """Files of PEM; a certificate's has its key too."""

    root: Path
    server: Path
    client: Path


def make(folder: Path, *, password: str | None = None, days: int = DAYS) -> Certificates:
    """All three, new. password: of the client's key."""
    folder.mkdir(parents=True, exist_ok=True)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _sign("Låtsas-BankID Root CA", authority_key, None, authority_key, days)
    files = Certificates(folder / "root.pem", folder / "server.pem", folder / "client.pem")
    _write(files.root, authority, None, NoEncryption())
    for path, name, lock in (
        (files.server, "Låtsas-BankID", None),
        (files.client, "Elevhälsa online", password),
    ):
        key = ec.generate_private_key(ec.SECP256R1())
        locked = BestAvailableEncryption(lock.encode()) if lock else NoEncryption()
        _write(path, _sign(name, key, authority, authority_key, days), key, locked)
    return files


def _sign(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate | None,
    authority_key: ec.EllipticCurvePrivateKey,
    days: int,
) -> x509.Certificate:
    """authority: None makes one."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    is_authority = authority is None
    issuer_key = authority_key.public_key()
    usage = x509.KeyUsage(
        digital_signature=not is_authority, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=is_authority,
        crl_sign=is_authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), False)
        .sign(authority_key, hashes.SHA256())
    )


def _write(
    path: Path,
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey | None,
    lock: KeySerializationEncryption,
) -> None:
    path.touch(mode=0o600)
    pem = certificate.public_bytes(Encoding.PEM)
    if key:
        pem += key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    path.write_bytes(pem)
