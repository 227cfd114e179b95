"""The parsers of IAM's credentials, and what reads stored policies. targets.py has the others."""

from __future__ import annotations

from collections.abc import Callable

from clary.access.policy_checks import check_identity_policy
from clary.services.iam.certificates import chains, ssh_keys
from clary.services.iam.last_use import granted
from tests.security.fuzz.harness import Target

Text = Callable[[Callable[[str], object]], Callable[[bytes], object]]

_PEM = (
    b"-----BEGIN CERTIFICATE-----\n",
    b"-----END CERTIFICATE-----\n",
    b"MIIB",
    b"MA0GCSqGSIb3DQEBCwUAMBcx",
    b"=",
    b"\n",
    b"AAAA",
    b"//",
)
_SSH = (
    b"ssh-rsa ",
    b"ssh-ed25519 ",
    b"AAAAB3NzaC1yc2E",
    b"AAAADAQAB",
    b"AAAA",
    b" ",
    b"-----BEGIN PUBLIC KEY-----\n",
    b"-----END PUBLIC KEY-----",
    b"MIIBIjANBgkqhkiG9w0B",
)


def granted_services(said: str) -> None:
    """Check a policy as it is stored, and look for the services that it allows."""
    check_identity_policy(said, "aws")
    granted.services_of(said, ["s3", "iam"])


def identity_targets(text: Text, of_policies: tuple[bytes, ...]) -> tuple[Target, ...]:
    """Return the targets. `text` makes a parser of bytes of one of text."""
    return (
        Target("X.509 certificate", text(chains.parse), _PEM),
        Target("SSH public key", text(ssh_keys.parse), _SSH),
        Target("policies by service", text(granted_services), of_policies),
    )
