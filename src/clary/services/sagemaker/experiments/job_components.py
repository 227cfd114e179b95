"""The trial component of every training, processing and transform job: made when the job is, and brought up with its statuses
("Trial components include pre-processing jobs, training jobs, and batch transform jobs",
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrialComponent.html).

A component that a user deleted is not made again, and what users add to one stays.
"""

from __future__ import annotations

from typing import Any

from clary.plane import Document, Record, revise
from clary.plane.changes import Reaction
from clary.services.sagemaker.experiments import entities, membership, pipeline_trials
from clary.services.sagemaker.experiments.components import component
from clary.services.sagemaker.experiments.experiments import experiment
from clary.services.sagemaker.experiments.job_contents import OF_NOUN, Contents
from clary.services.sagemaker.experiments.made import arn_beside, trial_for
from clary.services.sagemaker.experiments.trials import trial
from clary.services.sagemaker.metrics import points
from clary.services.sagemaker.service import sagemaker
from clary.store.api import Change, Tx

# Jobs of one run of the SDK, which Describe shows in Sources: a run that starts thousands of jobs shows these.
_MOST_SOURCES = 100


def _concerns(change: Change) -> bool:
    """Return whether there is something to write: of an execution of a pipeline only that it is new."""
    return change.what == "created" or (change.what == "updated" and change.kind != pipeline_trials.EXECUTION)


@sagemaker.on_change(
    *(sagemaker.kind(noun) for noun in OF_NOUN), pipeline_trials.EXECUTION, concerns=_concerns
)
def keep_components(at: Reaction, change: Change) -> None:
    """Make the component of a new job, and bring that of a changed one up; make the trial of a new execution of a pipeline."""
    job = at.tx.get(change.kind, change.scope, change.id)
    if job is None:
        return
    if change.kind == pipeline_trials.EXECUTION:
        pipeline_trials.trial_of(at.tx, job)
        return
    contents = OF_NOUN[change.kind.partition(":")[2]]
    name = contents.name_of(job.id)
    found = at.tx.get(component.kind, job.scope, name)
    if found is not None and found.parent == job.arn.lower():
        _bring_up(at.tx, found, job, contents, at.now, new=change.what == "created")
    elif found is None and change.what == "created":
        _make(at.tx, name, job, contents)
    elif found is None:
        points.forget(at.tx, arn_beside(job, "experiment-trial-component", name))


def component_arn(job: Record) -> str:
    """Return the ARN of a job's component, whether or not there is one."""
    contents = OF_NOUN[job.kind.partition(":")[2]]
    return arn_beside(job, "experiment-trial-component", contents.name_of(job.id))


def _make(tx: Tx, name: str, job: Record, contents: Contents) -> None:
    config = job.spec.get("ExperimentConfig", {})
    source = {"SourceArn": job.arn, "SourceType": contents.source_type}
    spec = {
        "DisplayName": config.get("TrialComponentDisplayName", name),
        **contents.given(job),
        "OutputArtifacts": contents.outputs(job),
        **contents.so_far(job),
    }
    run = {"run": config["RunName"]} if "RunName" in config else {}
    private = {"source": source, "metrics": contents.metrics(job), **run}
    made = tx.insert(
        Record(
            kind=component.kind,
            scope=job.scope,
            id=name,
            arn=arn_beside(job, "experiment-trial-component", name),
            doc=Document(spec, entities.NOBODY, private).over({}),
            created=job.created,
            modified=job.modified,
            parent=job.arn.lower(),
        )
    )
    _associate(tx, made, job, config)
    _tell_run(tx, job, config, source)


def _bring_up(tx: Tx, found: Record, job: Record, contents: Contents, now: float, *, new: bool) -> None:
    """Write what became of a job; of a new one that has the name of an earlier one, all of it."""
    artifacts = {**found.spec.get("OutputArtifacts", {}), **contents.outputs(job)}
    spec = {**(contents.given(job) if new else {}), "OutputArtifacts": artifacts, **contents.so_far(job)}
    metrics = {**found.private.get("metrics", {}), **contents.metrics(job)}
    after = revise(found, spec=spec, private={"metrics": metrics})
    if after.doc != found.doc:
        tx.update(after.evolve(modified=now))


def _associate(tx: Tx, made: Record, job: Record, config: dict[str, Any]) -> None:
    """Put the component into the trial that the job names, or into that of its pipeline's execution."""
    owner = _trial_of(tx, job, config)
    if owner is not None:
        membership.add(tx, owner, made.id)


def _trial_of(tx: Tx, job: Record, config: dict[str, Any]) -> Record | None:
    """Return the trial of a job. "If not specified, a new trial is created"
    (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ExperimentConfig.html). What the job names may be deleted
    by now."""
    if "TrialName" in config:
        return tx.get(trial.kind, job.scope, config["TrialName"])
    if "ExperimentName" in config:
        owner = tx.get(experiment.kind, job.scope, config["ExperimentName"])
        return owner and trial_for(tx, job, f"{job.id}-aws-trial", owner)
    execution = pipeline_trials.execution_of(tx, job)
    return execution and pipeline_trials.trial_of(tx, execution)


def _tell_run(tx: Tx, job: Record, config: dict[str, Any], source: dict[str, str]) -> None:
    """Add a job to the sources of the run that started it, which is a component of the SDK's."""
    run = tx.get(component.kind, job.scope, config["RunName"]) if "RunName" in config else None
    if run is None:
        return
    sources = run.private.get("sources", [])
    if source not in sources and len(sources) < _MOST_SOURCES:
        tx.update(revise(run, private={"sources": [*sources, source]}))
