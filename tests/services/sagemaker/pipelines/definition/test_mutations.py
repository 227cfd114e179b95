"""Definitions of which something was changed by chance: each is accepted, or refused with AWS's error and nothing else."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from clary.kernel import AwsError
from clary.services.sagemaker.pipelines.definition import parse
from tests.services.sagemaker.pipelines.definition.making import (
    compare,
    fail,
    from_file,
    gate,
    get,
    join,
    parameter,
    processing,
    text,
    training,
)

_WHOLE = json.loads(
    text(
        processing("Split", get("Parameters.Name"), CacheConfig={"Enabled": True, "ExpireAfter": "P1D"}),
        training(
            "Train",
            get("Steps.Split.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri"),
            DependsOn=["Split"],
            RetryPolicies=[{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 3}],
        ),
        gate(
            "Gate",
            compare(from_file("Split", "Report", "a.b"), 1, "LessThan"),
            {
                "Type": "Or",
                "Conditions": [{"Type": "In", "QueryValue": get("Parameters.Name"), "Values": ["a"]}],
            },
            then=[fail("No", join("a", get("Execution.PipelineName")))],
        ),
        parameters=[parameter("Name", "String", "a", EnumValues=["a"]), parameter("Count", "Integer", 3)],
        PipelineExperimentConfig={"ExperimentName": "e", "TrialName": get("Execution.PipelineExecutionId")},
    )
)
_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, "", "x", [], {}, [[]], [{}], {"a": []}, ["Gate"], [{"Step": 1}], "Training"),
    *({"Get": 1}, get("Parameters.Count"), get("Steps.Train.ModelArtifacts"), {"Std:Join": []}),
    *({"Std:Join": {"On": 1, "Values": [{}]}}, {"Std:JsonGet": {"S3Uri": [], "Path": "a"}}),
    10**400,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container with each of its keys or indexes."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def changed(chance: random.Random) -> Any:
    whole = copy.deepcopy(_WHOLE)
    for _ in range(chance.randrange(1, 4)):
        container, key = chance.choice(list(places(whole)))
        if chance.random() < 0.7:
            container[key] = copy.deepcopy(chance.choice(_VALUES))
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[f"{key}s"] = container.pop(key)
    return whole


def test_a_changed_definition_is_refused_in_awss_words() -> None:
    chance, codes = random.Random(20_201_201), []
    parse(json.dumps(_WHOLE))
    for _ in range(500):
        try:
            parse(json.dumps(changed(chance)))
        except AwsError as error:
            codes.append(error.code)
    assert len(codes) > 300
    assert set(codes) <= {"ValidationException", "NotImplemented"}
