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


def lifecycle() -> str:
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 100}
    action = {"type": "expire"}
    rule = {"rulePriority": 1, "description": MARKER, "selection": selection, "action": action}
    return json.dumps({"rules": [rule]})


def with_lifecycle(w: World) -> Params:
    named = repository(w)
    w.client("ecr").put_lifecycle_policy(**named, lifecyclePolicyText=lifecycle())
    return named


def previewed(w: World) -> Params:
    named = repository(w)
    w.client("ecr").start_lifecycle_policy_preview(**named, lifecyclePolicyText=lifecycle())
    return named


def registry_policy(w: World) -> Params:
    """The policy of the owner's registry, put there."""
    said = {"policyText": _policy(Resource="*", Sid=MARKER.replace("-", ""))}
    w.client("ecr").put_registry_policy(**said)
    return said


def arn(w: World, named: Params) -> str:
    return f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{named['repositoryName']}"


CASES = {
    "BatchCheckLayerAvailability": Case(lambda w: the_image(w) | {"layerDigests": [_digest(_CONFIG)]}),
    "BatchDeleteImage": Case(lambda w: image(w) | {"imageIds": [{"imageTag": "1"}]}),
    "BatchGetImage": Case(lambda w: the_image(w) | {"imageIds": [{"imageTag": "1"}]}),
    "CompleteLayerUpload": Case(lambda w: sent(w) | {"layerDigests": [_digest(_CONFIG)]}),
    "CreateRepository": Case(lambda w: {"repositoryName": w.fresh("repository")}, Outcome.OWN),
    "DeleteLifecyclePolicy": Case(with_lifecycle),
    "DeleteRegistryPolicy": Case(lambda w: registry_policy(w) and {}, Outcome.MISSING),
    "DeleteRepository": Case(repository),
    "DeleteRepositoryPolicy": Case(with_policy),
    "DescribeImageReplicationStatus": Case(lambda w: the_image(w) | {"imageId": {"imageTag": "1"}}),
    "DescribeImages": Case(the_image),
    "DescribeRegistry": Case(lambda w: {}, Outcome.OWN),
    "DescribeRepositories": Case(lambda w: {"registryId": ACCOUNT}),
    "GetAccountSetting": Case(lambda w: {"name": "BLOB_MOUNTING"}, Outcome.OWN),
    "GetAuthorizationToken": Case(lambda w: {}, Outcome.OWN),
    "GetDownloadUrlForLayer": Case(lambda w: the_image(w) | {"layerDigest": _digest(_CONFIG)}),
    "GetLifecyclePolicy": Case(lambda w: w.once("lifecycle", with_lifecycle)),
    "GetLifecyclePolicyPreview": Case(lambda w: w.once("preview", previewed)),
    "GetRegistryPolicy": Case(lambda w: registry_policy(w) and {}, Outcome.MISSING),
    "GetRepositoryPolicy": Case(lambda w: w.once("with policy", with_policy)),
    "InitiateLayerUpload": Case(the_repository),
    "ListImageReferrers": Case(lambda w: the_image(w) | {"subjectId": {"imageDigest": _digest(_CONFIG)}}),
    "ListImages": Case(the_image),
    "ListTagsForResource": Case(lambda w: {"resourceArn": arn(w, the_repository(w))}),
    "PutAccountSetting": Case(lambda w: {"name": "BLOB_MOUNTING", "value": "DISABLED"}, Outcome.OWN),
    "PutImage": Case(lambda w: layered(w) | {"imageManifest": manifest(), "imageTag": "1"}),
    "PutImageTagMutability": Case(lambda w: the_repository(w) | {"imageTagMutability": "MUTABLE"}),
    "PutLifecyclePolicy": Case(lambda w: the_repository(w) | {"lifecyclePolicyText": lifecycle()}),
    "PutRegistryPolicy": Case(registry_policy, Outcome.OWN),
    "PutReplicationConfiguration": Case(lambda w: {"replicationConfiguration": {"rules": []}}, Outcome.OWN),
    "SetRepositoryPolicy": Case(lambda w: the_repository(w) | {"policyText": _policy()}),
    "StartLifecyclePolicyPreview": Case(lambda w: the_repository(w) | {"lifecyclePolicyText": lifecycle()}),
    "TagResource": Case(
        lambda w: {"resourceArn": arn(w, the_repository(w)), "tags": [{"Key": w.fresh(), "Value": "1"}]}
    ),
    "UntagResource": Case(lambda w: {"resourceArn": arn(w, the_repository(w)), "tagKeys": ["a"]}),
    "UploadLayerPart": Case(
        lambda w: upload(w) | {"partFirstByte": 0, "partLastByte": 1, "layerPartBlob": _CONFIG}
    ),
}
