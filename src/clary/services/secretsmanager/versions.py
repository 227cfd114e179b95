"""Versions of secrets: their rows, and the values in them. Knows no staging label."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.secretsmanager import sealing
from clary.services.secretsmanager.errors import invalid_parameter, invalid_request
from clary.services.secretsmanager.sealing import Sealed
from clary.store.api import Tx

_COLUMNS = "id, created, accessed, kind, kms_key, data_key, sealed"
_MOST = 100  # "Secrets Manager quotas": about 100 versions of a secret
_DAY = 86_400


class Value(NamedTuple):
    """A secret value. `kind` is String or Binary, the end of the member that holds it."""

    kind: str
    data: bytes

    @property
    def shown(self) -> dict[str, Any]:
        """The member of an answer that has the value."""
        return {f"Secret{self.kind}": self.data.decode() if self.kind == "String" else self.data}


class Version(NamedTuple):
    """A version as it is stored."""

    id: str
    created: float
    accessed: float | None
    kind: str
    kms_key: str
    data_key: str
    sealed: str


def value_in(params: dict[str, Any]) -> Value | None:
    """Return the value in a request, None for none. Raise InvalidParameterException for two."""
    text, data = params.get("SecretString"), params.get("SecretBinary")
    if text is not None and data is not None:
        raise invalid_parameter(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    if text is not None:
        return Value("String", text.encode())
    return None if data is None else Value("Binary", data)


def token_in(params: dict[str, Any]) -> str:
    """Return the id of the version that a request makes. Raise InvalidRequestException without it, as AWS does for
    clients that fill none in (recorded: test_no_client_request_token)."""
    token = params.get("ClientRequestToken")
    if not token:
        raise invalid_request("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
    return token


def add(ctx: Context, secret: str, id: str, key: str, value: Value) -> None:
    """Insert a version with an id that is free."""
    sealed = sealing.close(ctx, secret, id, key, value.data)
    ctx.tx.sql(
        f"insert into secretsmanager_version (secret, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)",
        secret, id, ctx.now, None, value.kind, key, sealed.data_key, sealed.text,
    )  # fmt: skip


def seal_again(ctx: Context, secret: str, version: Version, key: str, value: Value) -> None:
    """Encrypt the value of a version under another key."""
    sealed = sealing.close(ctx, secret, version.id, key, value.data)
    ctx.tx.sql(
        "update secretsmanager_version set kms_key = ?, data_key = ?, sealed = ? where secret = ? and id = ?",
        key, sealed.data_key, sealed.text, secret, version.id,
    )  # fmt: skip


def opened(ctx: Context, secret: str, version: Version) -> Value:
    """Return the value of a version, as the caller may read it."""
    sealed = Sealed(version.data_key, version.sealed)
    return Value(version.kind, sealing.open_(ctx, secret, version.id, sealed))


def is_there(ctx: Context, secret: str, id: str, value: Value | None) -> bool:
    """Return whether the version that a request makes is there already, with this value: then the request was made before.
    Raise ResourceExistsException where it has another value."""
    version = get(ctx.tx, secret, id)
    if version is None:
        return False
    if value is None or opened(ctx, secret, version) != value:
        said = f"You can't use ClientRequestToken {id} because that value is already in use for a version of secret {secret}."
        raise AwsError("ResourceExistsException", said)
    return True


def get(tx: Tx, secret: str, id: str) -> Version | None:
    found = tx.sql(f"select {_COLUMNS} from secretsmanager_version where secret = ? and id = ?", secret, id)
    return Version(*found[0]) if found else None


def all_of(tx: Tx, secret: str) -> list[Version]:
    """Return the versions of a secret, the oldest first. There are about a hundred at most."""
    statement = f"select {_COLUMNS} from secretsmanager_version where secret = ? order by created, id"
    return [Version(*row) for row in tx.sql(statement, secret)]


def make_room(ctx: Context, secret: str, staged: Collection[str]) -> None:
    """Delete the oldest versions without a label where there are a hundred, but none of the last 24 hours. Raise
    LimitExceededException where there is still no room ("Secret versions", user guide)."""
    rows = ctx.tx.sql(
        "select id, created from secretsmanager_version where secret = ? order by created", secret
    )
    over = len(rows) + 1 - _MOST
    if over <= 0:
        return
    before = ctx.business.ago(_DAY)
    old = [id for id, created in rows if id not in staged and created <= before][:over]
    if len(old) < over:
        raise AwsError("LimitExceededException", "You have exceeded the number of versions of this secret.")
    drop(ctx.tx, secret, old)


def drop(tx: Tx, secret: str, ids: Sequence[str]) -> None:
    tx.sql_many(
        "delete from secretsmanager_version where secret = ? and id = ?", [(secret, id) for id in ids]
    )


def drop_all(tx: Tx, secret: str) -> None:
    tx.sql("delete from secretsmanager_version where secret = ?", secret)


def touch(tx: Tx, secret: str, id: str, day: float) -> None:
    """Write down on which day a version was read."""
    tx.sql("update secretsmanager_version set accessed = ? where secret = ? and id = ?", day, secret, id)
