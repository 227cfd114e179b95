"""PutBucketWebsite, GetBucketWebsite and DeleteBucketWebsite, and what S3 refuses of a configuration.

Source: PutBucketWebsite (https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketWebsite.html) and "Configuring a
webpage redirect" (S3 User Guide).
"""

from __future__ import annotations

import re
from typing import Any

from clary.kernel import AwsError
from clary.plane import Context
from clary.services.s3 import errors
from clary.services.s3.bucket_rows import delete_setting, load_bucket, put_setting, setting
from clary.services.s3.service import bucket_arn, s3

Params = dict[str, Any]

KIND = "Website"
_MOST_RULES = 50
_REDIRECT = re.compile(r"3(?!00)\d\d")
_FAILURE = re.compile(r"[45]\d\d")


@s3.operation(on=bucket_arn)
def get_bucket_website(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    found = setting(ctx.tx, bucket.name, KIND)
    if found is None:
        raise missing(bucket.name)
    return found


def missing(bucket: str) -> AwsError:
    message = "The specified bucket does not have a website configuration"
    return AwsError("NoSuchWebsiteConfiguration", message, 404, {"BucketName": bucket})


@s3.operation(on=bucket_arn)
def put_bucket_website(ctx: Context, params: Params) -> Params:
    bucket = load_bucket(ctx.tx, params)
    wanted = params["WebsiteConfiguration"]
    _check(wanted)
    put_setting(ctx.tx, bucket.name, KIND, wanted)
    return {}


@s3.operation(on=bucket_arn)
def delete_bucket_website(ctx: Context, params: Params) -> Params:
    delete_setting(ctx.tx, load_bucket(ctx.tx, params).name, KIND)
    return {}


def _check(wanted: Params) -> None:
    everything = wanted.get("RedirectAllRequestsTo")
    if everything is not None:
        if len(wanted) > 1:
            message = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            raise errors.invalid_argument(message, "RedirectAllRequestsTo")
        if not everything.get("HostName"):
            raise errors.malformed_xml()
        _check_protocol(everything)
        return
    _check_documents(wanted)
    rules = wanted.get("RoutingRules")
    if rules is not None and not 1 <= len(rules) <= _MOST_RULES:
        raise errors.malformed_xml()
    for rule in rules or []:
        _check_rule(rule)


def _check_documents(wanted: Params) -> None:
    index = wanted.get("IndexDocument")
    if index is None:
        message = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise errors.invalid_argument(message, "IndexDocument")
    if not index.get("Suffix") or "/" in index["Suffix"]:
        raise errors.invalid_argument(
            "The IndexDocument Suffix is not well formed", "IndexDocument", index.get("Suffix")
        )
    if "ErrorDocument" in wanted and not wanted["ErrorDocument"].get("Key"):
        raise errors.malformed_xml()


def _check_rule(rule: Params) -> None:
    to, condition = rule.get("Redirect"), rule.get("Condition")
    if not to or condition == {}:
        raise errors.malformed_xml()
    if to.get("ReplaceKeyPrefixWith") is not None and to.get("ReplaceKeyWith") is not None:
        raise errors.invalid_request("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    code, failure = to.get("HttpRedirectCode"), (condition or {}).get("HttpErrorCodeReturnedEquals")
    if code is not None and not _REDIRECT.fullmatch(code):
        raise errors.invalid_request(
            f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
        )
    if failure is not None and not _FAILURE.fullmatch(failure):
        raise errors.invalid_request(
            f"The provided HTTP error code ({failure}) is not valid. Valid codes are 4XX or 5XX."
        )
    _check_protocol(to)


def _check_protocol(to: Params) -> None:
    if to.get("Protocol") not in (None, "http", "https"):
        raise errors.invalid_request(
            "Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically."
        )
