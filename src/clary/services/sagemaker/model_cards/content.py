"""What the content of a model card may be: AWS's JSON schema of model cards, and the simpler one of the card of a
model package.

Sources: "Model card JSON schema" (https://docs.aws.amazon.com/sagemaker/latest/dg/model-cards.html#model-cards-json-schema)
and "Model package model card schema" (https://docs.aws.amazon.com/sagemaker/latest/dg/model-registry-details.html#model-card-schema).
AWS's schema is of draft 7, which does not know `minContains` and `maxContains`, and it has `maxItems` beside `$ref`, where
draft 7 ignores it. These bound nothing: SDK v2 sends an empty `source_algorithms`. Its patterns, such as `.{1,63}`, are not
anchored, so that they ask for one character. What has come since is in SDK v3 (sagemaker/core/shapes/model_card_shapes.py). The sentence with which AWS answers other
content is not recorded; the problem is told as a path and a rule.
"""

from __future__ import annotations

from typing import Any

import orjson

from clary.kernel.errors import validation
from clary.services.sagemaker.model_cards.shapes import (
    Anything,
    Chosen,
    Either,
    Members,
    Named,
    Number,
    Several,
    Shape,
    Text,
    Truth,
)

Content = dict[str, Any]

_LONG = Text(2048)
_FREE = Text(100_000)
_NAME = Text(100_000, least=1)
_PLACES = Several(Text())
_AXIS = Text(63)
_AXES = Several(_AXIS)


def _metric(kinds: tuple[str, ...], value: Shape, x: Shape = _AXIS, y: Shape = _AXIS) -> Members:
    members: dict[str, Shape] = {"name": _NAME, "notes": Text(), "type": Text(among=kinds), "value": value}
    return Members({**members, "x_axis_name": x, "y_axis_name": y}, required=("name", "type", "value"))


_PAIRS = Several(Several(Number(), most=2, least=2), least=1)
_ROWS = Several(Several(Number(), most=20, least=1), most=20, least=1)
_SIMPLE = ("number", "string", "boolean")
_METRIC = Chosen(
    "type",
    {
        **dict.fromkeys(_SIMPLE, _metric(_SIMPLE, Either((Number(), Text(63), Truth())))),
        "linear_graph": _metric(("linear_graph",), _PAIRS),
        "bar_chart": _metric(("bar_chart",), Several(Number(), least=1), x=_AXES),
        "matrix": _metric(("matrix",), _ROWS, x=_AXES, y=_AXES),
    },
)
_TRAINING_METRIC = Members({"name": _NAME, "notes": Text(), "value": Number()}, required=("name", "value"))
_HYPER_PARAMETER = Members({"name": _NAME, "value": _FREE}, required=("name",))

_TRAINING_JOB = Members(
    {
        "training_arn": Text(),
        "training_datasets": _PLACES,
        "training_environment": Members({"container_image": _PLACES}),
        "training_metrics": Several(_TRAINING_METRIC),
        "user_provided_training_metrics": Several(_TRAINING_METRIC),
        "hyper_parameters": Several(_HYPER_PARAMETER),
        "user_provided_hyper_parameters": Several(_HYPER_PARAMETER),
    }
)
_METRIC_GROUP = Members(
    {"name": _NAME, "metric_data": Several(_METRIC)}, required=("name", "metric_data"), open=True
)
_EVALUATION = Members(
    {
        "name": _NAME,
        "evaluation_observation": Text(2096),
        "evaluation_job_arn": Text(256),
        "datasets": Several(Text(), most=10),
        "metadata": Named(Text()),
        "metric_groups": Several(_METRIC_GROUP),
    },
    required=("name",),
)
_PACKAGE_OVERVIEW: dict[str, Shape] = {
    **dict.fromkeys(("model_description", "model_creator", "model_owner", "algorithm_type"), Text()),
    "problem_type": _FREE,
    "model_artifact": _PLACES,
}
_OVERVIEW = Members(
    {
        **_PACKAGE_OVERVIEW,
        **dict.fromkeys(("model_id", "model_name"), Text()),
        "model_version": Number(least=1),
        "inference_environment": Members({"container_image": _PLACES}),
    }
)
_SOURCE_ALGORITHM = Members({"algorithm_name": Text(170), "model_data_url": Text()}, ("algorithm_name",))
_CONTAINER = Members(
    {
        "model_data_url": Text(),
        "image": Text(255),
        "nearest_model_name": _FREE,
        "is_checkpoint": Truth(),
        **dict.fromkeys(("model_data_source", "base_model"), Anything()),
    }
)
_PACKAGE = Members(
    {
        "model_package_description": Text(),
        "model_package_arn": Text(2048, least=1),
        "created_by": Members({"user_profile_name": Text(63)}),
        "model_package_status": Text(among=("Pending", "InProgress", "Completed", "Failed", "Deleting")),
        "model_approval_status": Text(among=("Approved", "Rejected", "PendingManualApproval")),
        "approval_description": Text(),
        "model_package_group_name": Text(63),
        "model_package_name": Text(63),
        "model_package_version": Number(least=1),
        "domain": _FREE,
        "task": _FREE,
        "source_algorithms": Several(_SOURCE_ALGORITHM),
        "inference_specification": Members({"containers": Several(_CONTAINER)}, required=("containers",)),
    }
)
_SHARED: dict[str, Shape] = {
    "intended_uses": Members(
        {
            **dict.fromkeys(
                (
                    *("purpose_of_model", "intended_uses", "factors_affecting_model_efficiency"),
                    "explanations_for_risk_rating",
                ),
                _LONG,
            ),
            "risk_rating": Text(among=("High", "Medium", "Low", "Unknown")),
        }
    ),
    "business_details": Members(
        dict.fromkeys(("business_problem", "business_stakeholders", "line_of_business"), _LONG)
    ),
    "training_details": Members(
        {
            "objective_function": Anything(),  # the schema names its members, but constrains nothing
            "training_observations": Text(),
            "training_job_details": _TRAINING_JOB,
        }
    ),
    "evaluation_details": Several(_EVALUATION),
    "additional_information": Members(
        {
            "ethical_considerations": _LONG,
            "caveats_and_recommendations": _LONG,
            "custom_details": Named(Text()),
        }
    ),
}

CARD = Members({"model_overview": _OVERVIEW, "model_package_details": _PACKAGE, **_SHARED})
PACKAGE_CARD = Members({"model_overview": Members(_PACKAGE_OVERVIEW), **_SHARED})


def require(text: str, shape: Members = CARD) -> Content:
    """Return the content of a card. Raise ValidationException unless it is JSON of that shape."""
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise validation(f"Model card content is not valid JSON: {error}") from None
    for path, problem in shape.problems(content, "#"):
        raise validation(f"Model card content does not match the model card JSON schema: {path}: {problem}")
    return content


# What MetadataOnly leaves of a content (DescribeModelCard, DescribeModelPackage: IncludedData).
_METADATA = {
    "model_overview": ("model_id", "model_name"),
    "intended_uses": ("risk_rating",),
    "model_package_details": ("model_package_group_name", "model_package_arn"),
}


def sanitized(text: str) -> str:
    """Return a content with the few members that are not confidential."""
    content = orjson.loads(text)
    kept = {
        section: {name: content[section][name] for name in names if name in content[section]}
        for section, names in _METADATA.items()
        if section in content
    }
    return orjson.dumps({section: members for section, members in kept.items() if members}).decode()
