"""Identity providers as STS sees them. Knows no operations."""

from __future__ import annotations

from clary.access.identity import IdentityProvider
from clary.services.iam import entities
from clary.services.iam.entities import Entity
from clary.store.api import Tx

OIDC = "oidc-provider"
SAML = "saml-provider"


def find(tx: Tx, account: str, kind: str, name: str) -> IdentityProvider | None:
    """Return a provider of an account by its exact name, or None."""
    found = entities.get(tx, account, kind, name)
    if found is None or found.name != name:
        return None
    return IdentityProvider(
        account=found.account,
        name=found.name,
        arn=found.arn,
        id=found.id,
        url=found.name if kind == OIDC else "",
        clients=tuple(found.doc.get("clients", ())),
        thumbprints=tuple(found.doc.get("thumbprints", ())),
        issuer=found.doc.get("issuer", ""),
        certificates=tuple(found.doc.get("certificates", ())),
        until=found.doc.get("until", 0.0),
    )


def metadata_of(tx: Tx, provider: Entity) -> str:
    """Return the metadata document of a SAML provider."""
    rows = tx.sql("SELECT document FROM iam_saml_metadata WHERE provider = ?", provider.id)
    return rows[0][0] if rows else ""


def keep_metadata(tx: Tx, provider: Entity, document: str) -> None:
    """Write the metadata document of a SAML provider in the place of the one before."""
    forget_metadata(tx, provider)
    tx.sql("INSERT INTO iam_saml_metadata (provider, document) VALUES (?, ?)", provider.id, document)


def forget_metadata(tx: Tx, provider: Entity) -> None:
    tx.sql("DELETE FROM iam_saml_metadata WHERE provider = ?", provider.id)
