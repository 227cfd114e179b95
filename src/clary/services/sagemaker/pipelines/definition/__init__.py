"""The language of pipeline definitions, version 2020-12-01: read one, check it, evaluate what stands in it.

Pure: nothing here knows a store, a request or an execution. The language is what AWS publishes
(https://github.com/aws-sagemaker-mlops/sagemaker-model-building-pipeline-definition-JSON-schema) and what the
SageMaker SDKs write; sentences of errors are those that users of AWS report, with the step and the member added.
"""

from clary.services.sagemaker.pipelines.definition.bind import bind, shown
from clary.services.sagemaker.pipelines.definition.evaluate import evaluate
from clary.services.sagemaker.pipelines.definition.parse import parse
from clary.services.sagemaker.pipelines.definition.resolve import Values, resolve
from clary.services.sagemaker.pipelines.definition.types import (
    JSON,
    AllOf,
    AnyOf,
    Branch,
    Cache,
    Comparison,
    Condition,
    Definition,
    Inversion,
    Membership,
    Parameter,
    PropertyFile,
    Retry,
    Step,
)

__all__ = [
    "JSON",
    "AllOf",
    "AnyOf",
    "Branch",
    "Cache",
    "Comparison",
    "Condition",
    "Definition",
    "Inversion",
    "Membership",
    "Parameter",
    "PropertyFile",
    "Retry",
    "Step",
    "Values",
    "bind",
    "evaluate",
    "parse",
    "resolve",
    "shown",
]
