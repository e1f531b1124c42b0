"""Certificates for servers of a test: right ones, and those that nobody should believe."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM
#: What a server on this machine is called.
HERE = ("localhost", "127.0.0.1", "127.0.0.2")


class Authority:
    """One that signs certificates. ``file``: its own, to be believed."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._issued = 0
        own = self._signed(self._key.public_key(), authority=True)
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(own.public_bytes(PEM))

    def context(self, *names: str, ended: bool = False) -> ssl.SSLContext:
        """What a server needs that is called this (this machine, where nothing is said). ``ended``: yesterday."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._signed(key.public_key(), names or HERE, ended=ended)
        self._issued += 1
        both = self._folder / f"{self._name}-{self._issued}.pem"
        kept = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        both.write_bytes(kept + made.public_bytes(PEM))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(both)
        return context

    def _signed(
        self, key: ec.EllipticCurvePublicKey, names: tuple[str, ...] = (), *, authority: bool = False,
        ended: bool = False,
    ) -> x509.Certificate:  # fmt: skip
        ours = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._name)])
        theirs = ours if authority else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        start = datetime.now(UTC) - timedelta(days=3)
        made = (
            x509.CertificateBuilder(ours, theirs, key, x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=2 if ended else 5))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
            .add_extension(
                x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False),
                critical=True,
            )
        )  # fmt: skip
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([_called(name) for name in names]), critical=False)
        return made.sign(self._key, hashes.SHA256())


def _called(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
