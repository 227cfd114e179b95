"""Amazon ECR. Requests name the owner's registry, so that strangers ask for its repositories and not for their own."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from tests.conftest import ACCOUNT
from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

_CONFIG = b"{}"


def _policy(**more: Any) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "ecr:StartImageScan",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "000000000000"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **more}]})


def repository(w: World) -> Params:
    """A new repository of the owner's, as the members that name it."""
    name = w.fresh("repository")
    w.client("ecr").create_repository(repositoryName=name, tags=[{"Key": "note", "Value": MARKER}])
    return {"registryId": ACCOUNT, "repositoryName": name}


def the_repository(w: World) -> Params:
    return w.once("repository", repository)


def upload(w: World) -> Params:
    """An upload to a new repository."""
    named = repository(w)
    return {**named, "uploadId": w.client("ecr").initiate_layer_upload(**named)["uploadId"]}


def sent(w: World) -> Params:
    """An upload of which all bytes have come."""
    begun = upload(w)
    w.client("ecr").upload_layer_part(
        **begun, partFirstByte=0, partLastByte=len(_CONFIG) - 1, layerPartBlob=_CONFIG
    )
    return begun


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def layered(w: World) -> Params:
    """A repository that has a layer."""
    begun = sent(w)
    w.client("ecr").complete_layer_upload(**begun, layerDigests=[_digest(_CONFIG)])
    return {name: value for name, value in begun.items() if name != "uploadId"}


def manifest() -> str:
    config = {"mediaType": f"application/{MARKER}", "size": len(_CONFIG), "digest": _digest(_CONFIG)}
    return json.dumps({"schemaVersion": 2, "config": config, "layers": []})


def image(w: World) -> Params:
    """A repository that has an image with the tag `1`."""
    named = layered(w)
    w.client("ecr").put_image(**named, imageManifest=manifest(), imageTag="1")
    return named


def the_image(w: World) -> Params:
    return w.once("image", image)


def with_policy(w: World) -> Params:
    named = repository(w)
    w.client("ecr").set_repository_policy(**named, policyText=_policy())
    return named


def arn(w: World, named: Params) -> str:
    return f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{named['repositoryName']}"


CASES = {
    "BatchCheckLayerAvailability": Case(lambda w: the_image(w) | {"layerDigests": [_digest(_CONFIG)]}),
    "BatchDeleteImage": Case(lambda w: image(w) | {"imageIds": [{"imageTag": "1"}]}),
    "BatchGetImage": Case(lambda w: the_image(w) | {"imageIds": [{"imageTag": "1"}]}),
    "CompleteLayerUpload": Case(lambda w: sent(w) | {"layerDigests": [_digest(_CONFIG)]}),
    "CreateRepository": Case(lambda w: {"repositoryName": w.fresh("repository")}, Outcome.OWN),
    "DeleteRepository": Case(repository),
    "DeleteRepositoryPolicy": Case(with_policy),
    "DescribeImages": Case(the_image),
    "DescribeRepositories": Case(lambda w: {"registryId": ACCOUNT}),
    "GetAccountSetting": Case(lambda w: {"name": "BLOB_MOUNTING"}, Outcome.OWN),
    "GetAuthorizationToken": Case(lambda w: {}, Outcome.OWN),
    "GetRepositoryPolicy": Case(lambda w: w.once("with policy", with_policy)),
    "InitiateLayerUpload": Case(the_repository),
    "ListImageReferrers": Case(lambda w: the_image(w) | {"subjectId": {"imageDigest": _digest(_CONFIG)}}),
    "ListImages": Case(the_image),
    "ListTagsForResource": Case(lambda w: {"resourceArn": arn(w, the_repository(w))}),
    "PutAccountSetting": Case(lambda w: {"name": "BLOB_MOUNTING", "value": "DISABLED"}, Outcome.OWN),
    "PutImage": Case(lambda w: layered(w) | {"imageManifest": manifest(), "imageTag": "1"}),
    "PutImageTagMutability": Case(lambda w: the_repository(w) | {"imageTagMutability": "MUTABLE"}),
    "SetRepositoryPolicy": Case(lambda w: the_repository(w) | {"policyText": _policy()}),
    "TagResource": Case(
        lambda w: {"resourceArn": arn(w, the_repository(w)), "tags": [{"Key": w.fresh(), "Value": "1"}]}
    ),
    "UntagResource": Case(lambda w: {"resourceArn": arn(w, the_repository(w)), "tagKeys": ["a"]}),
    "UploadLayerPart": Case(
        lambda w: upload(w) | {"partFirstByte": 0, "partLastByte": 1, "layerPartBlob": _CONFIG}
    ),
}
