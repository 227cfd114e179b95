"""Labels: names of versions, each at one version of a parameter at a time
(https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html)."""

from __future__ import annotations

import re

from clary.kernel import AwsError
from clary.plane import Context, Members
from clary.services.ssm import rows
from clary.services.ssm.names import Params, target, wanted
from clary.services.ssm.rows import Version
from clary.services.ssm.service import ssm

_MOST = 10
_VALID = re.compile(r"(?!aws|ssm)[a-z_.\-][a-z0-9_.\-]*", re.I)


@ssm.operation(on=target, accepts=Members("Name ParameterVersion Labels"))
def label_parameter_version(ctx: Context, params: Params) -> Params:
    """Put labels at a version, or move them there from others of the parameter. Raise ParameterNotFound,
    ParameterVersionNotFound and ParameterVersionLabelLimitExceeded."""
    version = _version(ctx, params)
    asked = list(dict.fromkeys(params["Labels"]))
    valid = [label for label in asked if _VALID.fullmatch(label)]
    held = {label for label, number in rows.labels(ctx, version.key).items() if number == version.number}
    if len(held.union(valid)) > _MOST:
        said = "A parameter version can have maximum 10 labels. Move one or more labels to another version and try again."
        raise AwsError("ParameterVersionLabelLimitExceeded", said)
    ctx.tx.sql_many(
        "insert into ssm_label (scope, key, label, version) values (?, ?, ?, ?)"
        " on conflict (scope, key, label) do update set version = excluded.version",
        [(ctx.scope, version.key, label, version.number) for label in valid],
    )
    if valid:
        rows.changed(ctx, "labelled", version, {"labels": valid})
    return {
        "InvalidLabels": [label for label in asked if label not in valid],
        "ParameterVersion": version.number,
    }


@ssm.operation(on=target, accepts=Members("Name ParameterVersion Labels"))
def unlabel_parameter_version(ctx: Context, params: Params) -> Params:
    """Remove labels of a version; those that it does not have are returned as invalid. Raise ParameterNotFound and
    ParameterVersionNotFound."""
    version = _version(ctx, params)
    known = rows.labels(ctx, version.key)
    asked = list(dict.fromkeys(params["Labels"]))
    removed = [label for label in asked if known.get(label) == version.number]
    ctx.tx.sql_many(
        "delete from ssm_label where scope = ? and key = ? and label = ?",
        [(ctx.scope, version.key, label) for label in removed],
    )
    if removed:
        rows.changed(ctx, "unlabelled", version, {"labels": removed})
    return {"RemovedLabels": removed, "InvalidLabels": [label for label in asked if label not in removed]}


def _version(ctx: Context, params: Params) -> Version:
    newest = rows.require(ctx, wanted(ctx, params["Name"]).key)
    number = params.get("ParameterVersion")
    return newest if number is None else rows.numbered(ctx, newest.key, number)
