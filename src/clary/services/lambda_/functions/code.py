"""Which blob holds the code of a function's versions. Versions of one function with the same archive have one blob."""

from __future__ import annotations

from clary.plane import Record
from clary.services.lambda_ import archives
from clary.services.lambda_.functions import versions
from clary.services.lambda_.names import Named
from clary.services.lambda_.uploads import Upload
from clary.store.api import Tx


def keep(tx: Tx, named: Named, upload: Upload) -> None:
    """Name a blob as the function's code. Where it has the same archive already, the new blob is left to the sweep."""
    tx.sql(
        "INSERT INTO lambda_code (scope, name, sha256, place, size) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (scope, name, sha256) DO NOTHING",
        named.scope, named.name, upload.sha256, upload.place, upload.size,
    )  # fmt: skip


def place(tx: Tx, scope: str, name: str, sha256: str) -> str:
    """Return the blob of an archive of a function. Raise LookupError."""
    rows = tx.sql(
        "SELECT place FROM lambda_code WHERE scope = ? AND name = ? AND sha256 = ?", scope, name, sha256
    )
    if not rows:
        raise LookupError(f"{name} has no code {sha256}")
    return rows[0][0]


def drop_unused(tx: Tx, named: Named, record: Record) -> None:
    """Forget archives that neither $LATEST nor a published version has any more."""
    used = {record.spec["CodeSha256"], *(one["CodeSha256"] for one in versions.rows(tx, named))}
    if "served" in record.private:
        used.add(record.private["served"]["CodeSha256"])
    kept = {archives.hexadecimal(one) for one in used}
    rows = tx.sql("SELECT sha256 FROM lambda_code WHERE scope = ? AND name = ?", named.scope, named.name)
    for (sha256,) in rows:
        if sha256 not in kept:
            tx.sql(
                "DELETE FROM lambda_code WHERE scope = ? AND name = ? AND sha256 = ?",
                named.scope, named.name, sha256,
            )  # fmt: skip


def stored(tx: Tx, account: str) -> int:
    """Return how many bytes the archives of an account's functions and layers have, in all regions."""
    tables = ("lambda_code", "lambda_layer")
    sums = [tx.sql(f"SELECT SUM(size) FROM {table} WHERE scope LIKE ?", f"{account}/%") for table in tables]
    return sum(int(rows[0][0] or 0) for rows in sums)
