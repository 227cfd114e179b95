"""What a driver's error means to us. Knows the codes of SQLite and PostgreSQL, imports neither driver.

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
    "40001": Stale,  # serialization_failure: somebody else wrote what this transaction had read
    "40P01": Stale,  # deadlock_detected
    "55P03": Busy,
}


def translated(error: BaseException) -> BaseException:
    """Our own exception for a driver's error that has a meaning here, else the error itself."""
    code = getattr(error, "sqlite_errorname", None)
    kind = _SQLITE.get(code) if code else _POSTGRES.get(getattr(error, "sqlstate", None) or "")
    return kind(str(error).strip()) if kind else error


def misfits(error: BaseException) -> bool:
    """Whether a statement was refused because of the tables and rows that are there, as a column that is missing or
    a value that a constraint forbids; not for a full disk, nor for somebody else's lock."""
    state = getattr(error, "sqlstate", None) or ""
    name = getattr(error, "sqlite_errorname", None) or ""
    constraint = name.startswith("SQLITE_CONSTRAINT") or state.startswith(("22", "23"))
    return isinstance(error, Exists) or constraint or name == "SQLITE_ERROR" or state.startswith("42")
