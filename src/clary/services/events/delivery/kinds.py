"""What a target may be, by its ARN, and the operation that an event becomes there."""

from __future__ import annotations

from dataclasses import dataclass

from clary.kernel import Arn


@dataclass(frozen=True, slots=True)
class Kind:
    """`service` is whose operation delivers; `parameters` the member of a target that is for this kind."""

    name: str
    service: str
    needs_role: bool = False
    parameters: str = ""


_BUS = Kind("bus", "events")
_KINDS = {
    ("sqs", ""): Kind("sqs", "sqs", parameters="SqsParameters"),
    ("sns", ""): Kind("sns", "sns"),
    ("lambda", "function"): Kind("lambda", "lambda"),
    ("states", "stateMachine"): Kind("states", "stepfunctions", needs_role=True),
    ("sagemaker", "pipeline"): Kind(
        "pipeline", "sagemaker", needs_role=True, parameters="SageMakerPipelineParameters"
    ),
    ("logs", "log-group"): Kind("logs", "logs"),
    ("events", "event-bus"): _BUS,
}
PARAMETERS = ("SqsParameters", "SageMakerPipelineParameters")


def kind_of(arn: Arn) -> Kind | None:
    """Return the kind of a target; None for one to which nothing is delivered here."""
    plain = _KINDS.get((arn.service, ""))
    if plain is not None:
        return plain
    kind = arn.resource.replace(":", "/").partition("/")[0]
    return _KINDS.get((arn.service, kind))
