"""ML Lineage. Entities are named by ARNs and names of the caller's account; sources are any URI."""

from __future__ import annotations

from typing import Any

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World

_TAGS = [{"Key": "note", "Value": MARKER}]
_GROUP = {"LineageGroupName": "sagemaker-default-lineage-group"}


def _artifact(w: World) -> Params:
    source = {"SourceUri": f"s3://bucket/{MARKER}/{w.fresh('data')}"}
    return {"Source": source, "ArtifactType": "DataSet", "Properties": {"note": MARKER}, "Tags": _TAGS}


def _named(w: World, noun: str) -> Params:
    return {
        f"{noun}Name": w.fresh(noun.lower()),
        f"{noun}Type": "made",
        "Source": {"SourceUri": f"urn:{MARKER}"},
        "Properties": {"note": MARKER},
        "Tags": _TAGS,
    }


def _bare(request: Params) -> Params:
    """A request in which nothing of the owner's is."""
    kept = {name: value for name, value in request.items() if name not in ("Properties", "Tags")}
    return {**kept, "Source": {"SourceUri": "urn:any"}}


def artifact(w: World) -> Params:
    return {"ArtifactArn": w.client("sagemaker").create_artifact(**_artifact(w))["ArtifactArn"]}


def action(w: World) -> Params:
    request = _named(w, "Action")
    w.client("sagemaker").create_action(**request)
    return {"ActionName": request["ActionName"]}


def context(w: World) -> Params:
    request = _named(w, "Context")
    w.client("sagemaker").create_context(**request)
    return {"ContextName": request["ContextName"]}


def _ends(w: World) -> Params:
    return {"SourceArn": artifact(w)["ArtifactArn"], "DestinationArn": artifact(w)["ArtifactArn"]}


def association(w: World) -> Params:
    ends = _ends(w)
    w.client("sagemaker").add_association(**ends)
    return ends


def _start(w: World) -> Params:
    return {"StartArns": [association(w)["SourceArn"]]}


def _group(w: World) -> Params:
    """The lineage group, which an account has from its first entity on: the owner's, and that of strangers."""
    artifact(w)
    for caller in w.outsiders:
        if caller.is_stranger:
            w.call(caller, "CreateArtifact", _new_artifact(w))
    return _GROUP


def _new_artifact(w: World) -> dict[str, Any]:
    return {"Source": {"SourceUri": f"urn:{w.fresh('any')}"}, "ArtifactType": "any"}


_MISSING, _OWN = Outcome.MISSING, Outcome.OWN

CASES = {
    "AddAssociation": Case(_ends, _MISSING),
    "CreateAction": Case(lambda w: _bare(_named(w, "Action")), _OWN),
    "CreateArtifact": Case(_new_artifact, _OWN),
    "CreateContext": Case(lambda w: _bare(_named(w, "Context")), _OWN),
    "DeleteAction": Case(action, _MISSING),
    "DeleteArtifact": Case(artifact, _MISSING),
    "DeleteAssociation": Case(association, _MISSING),
    "DeleteContext": Case(context, _MISSING),
    "DescribeAction": Case(action, _MISSING),
    "DescribeArtifact": Case(artifact, _MISSING),
    "DescribeContext": Case(context, _MISSING),
    "DescribeLineageGroup": Case(_group, _OWN),
    "GetLineageGroupPolicy": Case(_group, _OWN),
    "ListActions": Case(lambda w: {}, _OWN),
    "ListArtifacts": Case(lambda w: {}, _OWN),
    "ListAssociations": Case(lambda w: {}, _OWN),
    "ListContexts": Case(lambda w: {}, _OWN),
    "ListLineageGroups": Case(lambda w: {}, _OWN),
    "QueryLineage": Case(_start, _MISSING),
    "UpdateAction": Case(lambda w: {**action(w), "Status": "Completed"}, _MISSING),
    "UpdateArtifact": Case(lambda w: {**artifact(w), "ArtifactName": "renamed"}, _MISSING),
    "UpdateContext": Case(lambda w: {**context(w), "Description": "d"}, _MISSING),
}
