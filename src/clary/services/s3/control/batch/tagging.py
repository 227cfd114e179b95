"""PutJobTagging, GetJobTagging and DeleteJobTagging (API reference of S3 Control).

"You can associate up to 50 tags with a job"; a Put "overwrites" the set that is there.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Context, Members
from clary.plane.nouns.tags import TagRules, pairs_of
from clary.services.s3.control.batch import errors
from clary.services.s3.control.batch.noun import arn_meant, own_job
from clary.services.s3.control.service import control

Params = dict[str, Any]

_MOST = 50
_RULES = TagRules(
    reserved="InvalidTag", twice=("InvalidTag", "Cannot provide multiple Tags with the same key")
)


def checked(tags: list[Params]) -> dict[str, str]:
    """Return the tags of a request by key. Raise TooManyTagsException or InvalidTag."""
    if len(tags) > _MOST:
        raise errors.too_many_tags(_MOST)
    return _RULES.check(pairs_of(tags))


@control.operation(on=arn_meant, accepts=Members("AccountId JobId Tags"))
def put_job_tagging(ctx: Context, params: Params) -> Params:
    job, tags = own_job(ctx, params), checked(params["Tags"])
    ctx.tx.untag(job.arn, [key for key in ctx.tx.tags(job.arn) if key not in tags])
    ctx.tx.tag(job.arn, tags)
    return {}


@control.operation(on=arn_meant)
def get_job_tagging(ctx: Context, params: Params) -> Params:
    found = ctx.tx.tags(own_job(ctx, params).arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.items()]}


@control.operation(on=arn_meant, accepts=Members("AccountId JobId"))
def delete_job_tagging(ctx: Context, params: Params) -> Params:
    job = own_job(ctx, params)
    ctx.tx.untag(job.arn, list(ctx.tx.tags(job.arn)))
    return {}
