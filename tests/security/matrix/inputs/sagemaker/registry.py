"""Model packages, their groups and the policies of these. What a policy of a group opens to other accounts is tested in
tests/services/sagemaker/registry/test_sharing.py; here no group has one that names them."""

from __future__ import annotations

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.inputs.sagemaker.core import TAGS, XGBOOST, made, plus, shared
from tests.security.matrix.world import MARKER, World
from tests.support.principals import policy

package_group = made(
    "create_model_package_group",
    lambda w: {"ModelPackageGroupName": w.fresh("packages")},
    "ModelPackageGroupName",
    ModelPackageGroupDescription=MARKER,
    Tags=TAGS,
)
a_group = shared("package group", package_group)


def _package(w: World) -> Params:
    specification = {
        "Containers": [{"Image": XGBOOST, "ModelDataUrl": "s3://bucket/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    return {**a_group(w), "InferenceSpecification": specification}


def package(w: World) -> Params:
    created = w.client("sagemaker").create_model_package(**_package(w), ModelPackageDescription=MARKER)
    return {"ModelPackageName": created["ModelPackageArn"]}


a_package = shared("package", package)
_POLICY = policy(
    {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "*", "Resource": "*"}
)


def _with_policy(w: World) -> Params:
    named = package_group(w)
    w.client("sagemaker").put_model_package_group_policy(**named, ResourcePolicy=_POLICY)
    return named


def _approved(w: World) -> Params:
    return {"ModelPackageArn": package(w)["ModelPackageName"], "ModelApprovalStatus": "Approved"}


def _both(w: World) -> Params:
    return {"ModelPackageArnList": [a_package(w)["ModelPackageName"]]}


_MISSING, _OWN, _REFUSED = Outcome.MISSING, Outcome.OWN, Outcome.REFUSED

# A package is named by its ARN, which says whose it is: the group's policy must let other accounts in.
CASES = {
    "BatchDescribeModelPackage": Case(_both, _REFUSED),
    "CreateModelPackage": Case(_package, _MISSING),
    "CreateModelPackageGroup": Case(lambda w: {"ModelPackageGroupName": w.fresh("packages")}, _OWN),
    "DeleteModelPackage": Case(package, _REFUSED),
    "DeleteModelPackageGroup": Case(package_group, _MISSING),
    "DeleteModelPackageGroupPolicy": Case(_with_policy, _MISSING),
    "DescribeModelPackage": Case(a_package, _REFUSED),
    "DescribeModelPackageGroup": Case(a_group, _MISSING),
    "GetModelPackageGroupPolicy": Case(shared("group with a policy", _with_policy), _MISSING),
    "ListModelPackageGroups": Case(lambda w: {}, _OWN),
    "ListModelPackages": Case(lambda w: {"ModelPackageType": "Versioned"}, _OWN),
    "PutModelPackageGroupPolicy": Case(plus(package_group, ResourcePolicy=_POLICY), _MISSING),
    "UpdateModelPackage": Case(_approved, _REFUSED),
}
