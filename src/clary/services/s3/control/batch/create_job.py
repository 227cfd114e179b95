"""CreateJob (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html)."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from clary.plane import Also, Context, Record
from clary.plane.nouns.documents import Document
from clary.services.s3.control.batch import errors, requests, rows, tagging
from clary.services.s3.control.batch.accepts import CREATE
from clary.services.s3.control.batch.noun import JOB, NEW
from clary.services.s3.control.service import control, own_account
from clary.workloads import roles

Params = dict[str, Any]

_NOT_KEPT = ("AccountId", "ClientRequestToken", "Tags")


@control.operation(accepts=CREATE, also=(Also("s3:PutJobTagging", "Tags"),))
def create_job(ctx: Context, params: Params) -> Params:
    """Begin a job. Raise AccessDenied unless the caller may pass the role to Batch Operations."""
    own_account(ctx, params)
    requests.check(params)
    token, digest = params["ClientRequestToken"], _digest(params)
    known = ctx.tx.once(ctx.scope, ctx.op.name, token)
    if known is not None:
        if known["digest"] != digest:
            raise errors.used_token()
        return {"JobId": known["JobId"]}
    roles.require_pass(ctx, params["RoleArn"], control.principal)
    tags = tagging.checked(params.get("Tags") or [])
    job = _insert(ctx, params)
    ctx.tx.tag(job.arn, tags)
    ctx.tx.remember(ctx.scope, ctx.op.name, token, {"JobId": job.id, "digest": digest})
    ctx.wake()
    return {"JobId": job.id}


def _digest(params: Params) -> str:
    """Return what tells a request from others, whatever its token."""
    said = {name: value for name, value in params.items() if name != "ClientRequestToken"}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _insert(ctx: Context, params: Params) -> Record:
    id = ctx.platform.ids.uuid()
    spec = {name: value for name, value in params.items() if name not in _NOT_KEPT}
    # A request that does not say it waits for confirmation, whatever the API reference says (aws/aws-sdk-go-v2#1822).
    doc = Document().over({"ConfirmationRequired": True, **spec})
    rows.begin(ctx.tx, id, ctx.scope)
    job = Record(
        JOB.kind, ctx.scope, id, JOB.arn_of(ctx, id), NEW, doc,
        created=ctx.now, modified=ctx.now, due=ctx.now,
    )  # fmt: skip
    return ctx.tx.insert(job)
