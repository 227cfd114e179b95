"""Where a website sends its visitors: all of them, or those of a key or an error, by its rules. Knows no object."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

Params = dict[str, Any]

_MOVED = "301"


class Redirect(NamedTuple):
    status: int
    location: str


def of_everything(to: Params, path: str, scheme: str) -> Redirect:
    """Return the redirect of a website that is only one."""
    return Redirect(301, f"{to.get('Protocol') or scheme}://{_host(to['HostName'])}{path}")


def of_rules(rules: list[Params], key: str, failure: int | None, scheme: str, host: str) -> Redirect | None:
    """Return the redirect of the first rule whose condition holds for a key, and for the status of a failure (None before
    an object was looked for)."""
    for rule in rules:
        condition = rule.get("Condition") or {}
        prefix, code = condition.get("KeyPrefixEquals"), condition.get("HttpErrorCodeReturnedEquals")
        if (code is None) != (failure is None) or (code is not None and int(code) != failure):
            continue
        if prefix is None or key.startswith(prefix):
            return _redirect(rule["Redirect"], key, prefix or "", scheme, host)
    return None


def _redirect(to: Params, key: str, prefix: str, scheme: str, host: str) -> Redirect:
    if to.get("ReplaceKeyWith") is not None:
        key = to["ReplaceKeyWith"]
    elif to.get("ReplaceKeyPrefixWith") is not None:
        key = to["ReplaceKeyPrefixWith"] + key.removeprefix(prefix)
    address = f"{to.get('Protocol') or scheme}://{_host(to.get('HostName') or host)}/{quote(key)}"
    return Redirect(int(to.get("HttpRedirectCode") or _MOVED), address)


def _host(name: str) -> str:
    """Return a host as it may stand in a header: S3 takes any text as one, a line break too."""
    return quote(name, safe=":[]")
