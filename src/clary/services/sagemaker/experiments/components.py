"""Trial components: create, describe, list, update, delete, and in which trials they are."""

from __future__ import annotations

import math
from typing import Any

from clary.kernel.errors import validation
from clary.plane import Context, Document, Hooks, Key, Noun, Record, revise
from clary.plane.nouns.lists import Listing
from clary.services.sagemaker.experiments import accepts, entities, membership
from clary.services.sagemaker.experiments.experiments import experiment
from clary.services.sagemaker.experiments.trials import trial
from clary.services.sagemaker.lineage.group import NAME as GROUP
from clary.services.sagemaker.lineage.group import group_of
from clary.services.sagemaker.metrics import points, summaries
from clary.services.sagemaker.service import sagemaker

Params = dict[str, Any]
# The most that a component has after any number of updates: what the model allows in one request.
MOST: dict[str, int] = {"Parameters": 300, "InputArtifacts": 60, "OutputArtifacts": 60}


def allow(ctx: Context, params: Params) -> None:
    """Raise ValidationException for a parameter that is a text and a number, and for NaN and infinity."""
    for name, value in params.get("Parameters", {}).items():
        if len(value) != 1 or not math.isfinite(value.get("NumberValue", 0.0)):
            raise validation(f"Parameter {name} must have either a StringValue or a finite NumberValue.")


def stamp(ctx: Context, params: Params) -> Document:
    """Return what creation adds. A component is a vertex of lineage, in the group of its account."""
    group_of(ctx)
    return Document(entities.named(params, "TrialComponentName"), entities.NOBODY)


def view(record: Record) -> Params:
    """Return what Describe and List show and the record holds in another form."""
    source = record.private.get("source")
    place = record.arn.rsplit(":", 1)[0]
    shown: Params = {
        "Metrics": summaries.shown(record.private.get("metrics", {})),
        "LineageGroupArn": f"{place}:lineage-group/{GROUP}",
    }
    if source:
        shown |= {"Source": source, "TrialComponentSource": source}
    for member, name in (("Sources", "sources"), ("RunName", "run")):
        if value := record.private.get(name):
            shown[member] = value
    return shown


def update(ctx: Context, record: Record, given: Params) -> Record:
    """Return a component as Update changes it: maps are added to, and names are taken out of them
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateTrialComponent.html)."""
    allow(ctx, given)
    spec = {name: value for name, value in given.items() if not name.endswith("ToRemove")}
    for name in MOST:
        if name in given or f"{name}ToRemove" in given:
            spec[name] = _merged(name, record.spec.get(name, {}), given)
    return revise(record, spec=spec)


def _merged(name: str, before: Params, given: Params) -> Params:
    after = {**before, **given.get(name, {})}
    for key in given.get(f"{name}ToRemove", []):
        after.pop(key, None)
    if len(after) > max(MOST[name], len(before)):
        raise validation(f"{name} of a trial component can have at most {MOST[name]} entries.")
    return after


def _delete(ctx: Context, record: Record) -> None:
    """Raise ValidationException for a component that is in a trial; forget its metrics."""
    if membership.has_trials(ctx.tx, record):
        raise entities.linked(record, "TrialComponent", "trials")
    points.forget(ctx.tx, record.arn)


component = sagemaker.noun(
    Noun(
        "TrialComponent",
        arn="experiment-trial-component/{TrialComponentName}",
        key=Key("TrialComponentName", or_arn=True),
        accepts=accepts.TRIAL_COMPONENT,
        lists={"SourceArn": "parent"},
        errors=entities.errors("TrialComponent"),
        hooks=Hooks(allow=allow, stamp=stamp, view=view, update=update, delete=_delete),
    )
)
_LISTED = Listing(component, sagemaker.model.operations["ListTrialComponents"])
_ONE_OF = ("ExperimentName", "TrialName", "SourceArn")


def _searches(params: Params) -> bool:
    """Return whether a call looks at more components than it shows: those of a small trial may be far apart."""
    return "ExperimentName" in params or "TrialName" in params or _LISTED.searches(params)


@sagemaker.operation(heavy=_searches)
def list_trial_components(ctx: Context, params: Params) -> Params:
    """List components: all, or those of an experiment, of a trial, or of a job. Raise ValidationException for two of these
    at once, ResourceNotFound for an experiment or a trial that is not there."""
    by = [name for name in _ONE_OF if name in params]
    if len(by) > 1:
        raise validation(f"You can specify only one of {', '.join(_ONE_OF)}.")
    asked = {name: value for name, value in params.items() if name not in ("ExperimentName", "TrialName")}
    if "SourceArn" in params:
        asked["SourceArn"] = params["SourceArn"].lower()  # SDKs ask with small letters
    if name := params.get("ExperimentName"):
        owner = experiment.find(ctx, name)
        return _LISTED(ctx, asked, [membership.components_in(ctx.scope, experiment=owner.id)])
    if name := params.get("TrialName"):
        owner = trial.find(ctx, name)
        return _LISTED(ctx, asked, [membership.components_in(ctx.scope, trial=owner.id)])
    return _LISTED(ctx, asked)


def _both(ctx: Context, params: Params) -> list[str]:
    """Return the ARNs that a call for a trial and a component is about."""
    return [trial.arn_of(ctx, params["TrialName"]), component.arn_of(ctx, params["TrialComponentName"])]


@sagemaker.operation(on=_both, accepts=accepts.MEMBERSHIP)
def associate_trial_component(ctx: Context, params: Params) -> Params:
    """Put a component into a trial. Raise ResourceNotFound for one of them that is not there."""
    member, owner = component.load(ctx, params), trial.load(ctx, params)
    membership.add(ctx.tx, owner, member.id)
    return {"TrialComponentArn": member.arn, "TrialArn": owner.arn}


@sagemaker.operation(on=_both, accepts=accepts.MEMBERSHIP)
def disassociate_trial_component(ctx: Context, params: Params) -> Params:
    """Take a component out of a trial. Raise ResourceNotFound for one of them that is not there."""
    member, owner = component.load(ctx, params), trial.load(ctx, params)
    membership.remove(ctx.tx, owner, member.id)
    return {"TrialComponentArn": member.arn, "TrialArn": owner.arn}
