"""Which objective a definition may have: a metric of its own definitions, or one of the algorithm's."""

from __future__ import annotations

from clary.kernel.errors import validation
from clary.services.sagemaker import images
from clary.services.sagemaker.tuning.definitions import Definition

# https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost-tuning.html: "Optimization Direction".
_XGBOOST = {
    **dict.fromkeys(("accuracy", "auc", "f1", "map", "ndcg"), "Maximize"),
    **dict.fromkeys(("error", "logloss", "mae", "merror", "mlogloss", "mse", "rmse"), "Minimize"),
}


def check(definition: Definition) -> None:
    """Raise ValidationException where there is no objective, or nothing takes its value."""
    if not definition.objective:
        raise validation("An objective metric must be specified for a hyperparameter tuning job.")
    specification = definition.document["AlgorithmSpecification"]
    if "TrainingImage" not in specification:
        raise validation("You must specify exactly one of AlgorithmName and TrainingImage.")
    own = specification.get("MetricDefinitions", ())  # CreateTrainingJob refuses them for an algorithm
    if images.resolve(specification["TrainingImage"]).is_built_in and not own:
        _check_algorithms(definition, specification["TrainingImage"])
    elif definition.metric not in {one["Name"] for one in own}:
        raise validation(
            "A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
            "definitions."
        )


def _check_algorithms(definition: Definition, image: str) -> None:
    """Check a metric of the algorithm's own. Which way is better, the guide says of some."""
    metric, wanted = definition.metric, definition.objective["Type"]
    if metric not in {one["Name"] for one in images.resolve(image).metric_definitions}:
        raise validation(
            f"The objective metric, [{metric}], that you specified isn't valid for the [{image}] algorithm. Choose a valid "
            "objective metric."
        )
    if _XGBOOST.get(metric.partition(":")[2], wanted) != wanted:
        raise validation(
            f"The objective metric type, [{wanted}], that you specified for objective metric, [{metric}], isn't valid for the "
            f"[{image}] algorithm. Choose a valid objective metric type."
        )
