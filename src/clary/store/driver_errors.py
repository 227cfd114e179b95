"""Translate a driver's errors into the store's exceptions. Knows the codes of both databases, imports no
driver.

Sources: https://www.sqlite.org/rescode.html and https://www.postgresql.org/docs/15/errcodes-appendix.html.
"""

from __future__ import annotations

from clary.store.api import Busy, Exists, NoSpace, Stale

_SQLITE: dict[str, type[Exception]] = {
    "SQLITE_FULL": NoSpace,
    "SQLITE_IOERR_SHMSIZE": NoSpace,
    "SQLITE_BUSY": Busy,
    "SQLITE_BUSY_RECOVERY": Busy,
    "SQLITE_BUSY_SNAPSHOT": Busy,
    "SQLITE_BUSY_TIMEOUT": Busy,
    "SQLITE_LOCKED": Busy,
    "SQLITE_CONSTRAINT_UNIQUE": Exists,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Exists,
}
_POSTGRES: dict[str, type[Exception]] = {
    "23505": Exists,
    "53100": NoSpace,
    "40001": Stale,  # serialization_failure: another transaction wrote what this one had read
    "40P01": Stale,  # deadlock_detected
    "55P03": Busy,
}


def translate_error(error: BaseException) -> BaseException:
    """Return the store's exception for a driver's error, or else the error itself."""
    code = getattr(error, "sqlite_errorname", None)
    kind = _SQLITE.get(code) if code else _POSTGRES.get(getattr(error, "sqlstate", None) or "")
    return kind(str(error).strip()) if kind else error


def is_schema_mismatch(error: BaseException) -> bool:
    """Return whether a statement failed because of existing tables and rows: a missing column, or a violated
    constraint.

    A full disk or a lock does not count.
    """
    state = getattr(error, "sqlstate", None) or ""
    name = getattr(error, "sqlite_errorname", None) or ""
    constraint = name.startswith("SQLITE_CONSTRAINT") or state.startswith(("22", "23"))
    return isinstance(error, Exists) or constraint or name == "SQLITE_ERROR" or state.startswith("42")
