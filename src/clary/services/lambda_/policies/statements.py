"""Statements of resource policies: how AddPermission's members become one, and the rows that keep them."""

from __future__ import annotations

import re
from typing import Any

import orjson

from clary.plane import Context
from clary.services.lambda_.errors import conflict, invalid, not_found
from clary.store.api import Tx

Params = dict[str, Any]
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|internal|alexa\.com|amazon\.com)")
_ACCOUNT = re.compile(r"\d{12}")
_PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|user/.+|role/.+|assumed-role/.+|federated-user/.+)"
)
_MOST = 20_480  # bytes of a policy (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)


def read(tx: Tx, scope: str, resource: str) -> tuple[list[Params], str]:
    """Return the statements of a resource and the policy's revision; none and '' where there is no policy."""
    rows = tx.sql(
        "SELECT statements, revision FROM lambda_policy WHERE scope = ? AND resource = ?", scope, resource
    )
    return (orjson.loads(rows[0][0]), rows[0][1]) if rows else ([], "")


def document(statements: list[Params]) -> str:
    """Return a policy as JSON."""
    return orjson.dumps({"Version": "2012-10-17", "Id": "default", "Statement": statements}).decode()


def write(ctx: Context, scope: str, resource: str, statements: list[Params], revision: str) -> None:
    """Write the statements of a resource; no statement is no policy."""
    if not statements:
        ctx.tx.sql("DELETE FROM lambda_policy WHERE scope = ? AND resource = ?", scope, resource)
        return
    ctx.tx.sql(
        "INSERT INTO lambda_policy (scope, resource, statements, revision) VALUES (?, ?, ?, ?) ON CONFLICT (scope, resource)"
        " DO UPDATE SET statements = excluded.statements, revision = excluded.revision",
        scope, resource, orjson.dumps(statements).decode(), revision,
    )  # fmt: skip


def added(statements: list[Params], new: Params) -> list[Params]:
    """Return statements with one more. Raise ResourceConflict for an id that is taken."""
    if any(one["Sid"] == new["Sid"] for one in statements):
        raise conflict(
            f"The statement id ({new['Sid']}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement."
        )
    every = [*statements, new]
    if len(document(every)) > _MOST:
        from clary.kernel import AwsError

        said = f"The final policy size ({len(document(every))}) is bigger than the limit ({_MOST})."
        raise AwsError("PolicyLengthExceededException", said)
    return every


def without(statements: list[Params], sid: str) -> list[Params]:
    """Return statements without one. Raise ResourceNotFound where it is not there."""
    left = [one for one in statements if one["Sid"] != sid]
    if len(left) == len(statements):
        raise not_found(f"Statement {sid} is not found in resource policy.")
    return left


def principal(ctx: Context, text: str) -> Any:
    """Return a principal as a policy has it. Raise InvalidParameterValue."""
    if text == "*":
        return text
    if _SERVICE.fullmatch(text):
        return {"Service": text}
    if _ACCOUNT.fullmatch(text):
        return {"AWS": f"arn:{ctx.partition}:iam::{text}:root"}
    if _PRINCIPAL.fullmatch(text):
        return {"AWS": text}
    raise invalid("The provided principal was invalid. Please check the principal and try again.")


def conditions(params: Params) -> Params:
    """Return the conditions that a request asks for, as the real service writes them."""
    found: dict[str, dict[str, str]] = {}
    for member, operator, key in (
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("OrganizationId", "StringEquals", "aws:PrincipalOrgID"),
        ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ):
        if member in params:
            value = params[member]
            found.setdefault(operator, {})[key] = str(value).lower() if isinstance(value, bool) else value
    return {"Condition": found} if found else {}
