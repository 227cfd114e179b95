"""Parameter Store. Names mean those of the caller's account and region."""

from __future__ import annotations

from tests.security.matrix.case import Case, Outcome, Params
from tests.security.matrix.world import MARKER, World


def parameter(w: World) -> Params:
    """A new parameter of the owner's, as the member that names it."""
    name = f"/{w.fresh('p')}/x"
    tags = [{"Key": "note", "Value": MARKER}]
    w.client("ssm").put_parameter(Name=name, Value=MARKER, Type="String", Description=MARKER, Tags=tags)
    return {"Name": name}


def the_parameter(w: World) -> Params:
    return w.once("parameter", parameter)


def tagged(w: World) -> Params:
    return {"ResourceType": "Parameter", "ResourceId": the_parameter(w)["Name"]}


def names(w: World) -> Params:
    return {"Names": [parameter(w)["Name"]]}


def labelled(w: World) -> Params:
    named = the_parameter(w)
    w.client("ssm").label_parameter_version(**named, Labels=["live"])
    return {**named, "ParameterVersion": 1, "Labels": ["live"]}


CASES = {
    "AddTagsToResource": Case(lambda w: {**tagged(w), "Tags": [{"Key": "a", "Value": "b"}]}, Outcome.MISSING),
    "DeleteParameter": Case(parameter, Outcome.MISSING),
    "DeleteParameters": Case(names, Outcome.OWN),
    "DescribeParameters": Case(lambda w: {"MaxResults": 50}, Outcome.OWN),
    "GetParameter": Case(the_parameter, Outcome.MISSING),
    "GetParameterHistory": Case(the_parameter, Outcome.MISSING),
    "GetParameters": Case(names, Outcome.OWN),
    "GetParametersByPath": Case(lambda w: {"Path": the_parameter(w)["Name"].rpartition("/")[0]}, Outcome.OWN),
    "LabelParameterVersion": Case(lambda w: {**the_parameter(w), "Labels": ["good"]}, Outcome.MISSING),
    "ListTagsForResource": Case(tagged, Outcome.MISSING),
    "PutParameter": Case(lambda w: {"Name": w.fresh("p"), "Value": "v", "Type": "String"}, Outcome.OWN),
    "RemoveTagsFromResource": Case(lambda w: {**tagged(w), "TagKeys": ["note"]}, Outcome.MISSING),
    "UnlabelParameterVersion": Case(labelled, Outcome.MISSING),
}
