"""The page about a hyperparameter tuning job."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from clary.cli.drawing.numbers import number
from clary.cli.drawing.page import Cell, card, code, facts, page, section, table, tile, tiles
from clary.cli.drawing.parallel import Polyline, VerticalAxis, parallel, ranks
from clary.cli.drawing.plot import Axis, Line, plot
from clary.cli.pipelines.states import duration
from clary.cli.report.clients import Clients, Document
from clary.cli.report.footer import footer
from clary.cli.report.subject import Subject
from clary.cli.report.trials import Range, Trial, best_so_far, objective, ranges, trial, why_ended
from clary.cli.report.words import at, joined, status, took

MOST_TRIALS = 1000  # that are read; AWS allows 750
_MOST_POLYLINES = 300
_MOST_AXES = 10
_MOST_ROWS = 20
_LEGEND = (
    '<ul class="legend"><li><span class="key k-spot"></span>a training job</li>'
    '<li><span class="key k-step"></span>best so far</li></ul>'
)
_RAMP = (
    '<ul class="legend"><li>worst <span class="key k-best"></span> best, by rank of the objective</li></ul>'
)


def written(clients: Clients, subject: Subject) -> str:
    """Return the page."""
    tuner = subject.about
    asked = {"HyperParameterTuningJobName": tuner["HyperParameterTuningJobName"], "SortBy": "CreationTime"}
    operation = "list_training_jobs_for_hyper_parameter_tuning_job"
    found = clients.listed(operation, "TrainingJobSummaries", MOST_TRIALS, SortOrder="Ascending", **asked)
    return rendered(tuner, [trial(summary) for summary in found])


def rendered(tuner: Document, trials: Sequence[Trial]) -> str:
    """Return the page about a tuning job and its trials, in the order in which they were made."""
    name, lower = objective(tuner)
    valued = sorted(
        (one for one in trials if one.value is not None),
        key=lambda one: _value(one) if lower else -_value(one),
    )
    sections = (
        _headline(tuner, valued),
        _why(tuner, trials),
        _course(trials, name, lower),
        _parallel(valued, ranges(tuner), name, lower),
        _best(valued, name, len(trials)),
        _about(tuner),
    )
    lede = joined(
        status(tuner["HyperParameterTuningJobStatus"]),
        tuner["HyperParameterTuningJobConfig"].get("Strategy", ""),
        f"{'lower' if lower else 'higher'} {name} is better",
        at(tuner["CreationTime"]),
    )
    return page(tuner["HyperParameterTuningJobName"], "Tuning job", lede, sections, footer())


def _value(one: Trial) -> float:
    assert one.value is not None
    return one.value


def _headline(tuner: Document, valued: Sequence[Trial]) -> str:
    """Return the figures on top."""
    counters = tuner.get("TrainingJobStatusCounters", {})
    failed = counters.get("NonRetryableError", 0) + counters.get("RetryableError", 0)
    running, limits = counters.get("InProgress", 0), tuner["HyperParameterTuningJobConfig"]["ResourceLimits"]
    most = limits.get("MaxNumberOfTrainingJobs")
    name, _ = objective(tuner)
    found = [tile(f"Best {name}", number(_value(valued[0])), _in(valued[0]))] if valued else []
    found.append(
        tile("Completed", number(counters.get("Completed", 0)), f"of {number(most)} at most" if most else "")
    )
    found.append(tile("Failed", number(failed), f"{number(counters.get('Stopped', 0))} stopped"))
    if running:
        found.append(tile("Running", number(running), "training jobs"))
    used = tuner.get("ConsumedResources", {}).get("RuntimeInSeconds")
    span = took(tuner["CreationTime"], tuner.get("HyperParameterTuningEndTime"))
    if span:
        found.append(tile("Took", span, f"{duration(float(used))} of training" if used is not None else ""))
    return tiles(found)


def _in(one: Trial) -> str:
    return f"in {code(one.job)}"


def _why(tuner: Document, trials: Sequence[Trial]) -> str:
    if not (why := why_ended(tuner, trials)):
        return ""
    css = "failure" if tuner["HyperParameterTuningJobStatus"] == "Failed" else "card"
    return f'<div class="{css}" role="note"><strong>Why it ended:</strong> {escape(why)}</div>'


def _course(trials: Sequence[Trial], name: str, lower: bool) -> str:
    """Return the objective by the number of the training job."""
    points = [(float(place), one.value) for place, one in enumerate(trials, 1) if one.value is not None]
    lines = [
        Line("training job", points, "c1", "dots"),
        Line("best so far", best_so_far(points, lower), "c2", "step"),
    ]
    chart = plot(
        lines, Axis("Training jobs, in the order of their creation", whole=True), Axis(name), width=960
    )
    return section("Objective over time", _without(trials), card(_LEGEND + chart, "wide"))


def _without(trials: Sequence[Trial]) -> str:
    missing = sum(one.value is None for one in trials)
    return (
        f"{number(missing)} of {number(len(trials))} training jobs have no objective."
        if missing
        else (f"All {number(len(trials))} training jobs have an objective.")
    )


def _parallel(valued: Sequence[Trial], given: dict[str, Range], name: str, lower: bool) -> str:
    """Return the parallel coordinates of the hyperparameters and the objective."""
    chosen = _spread(valued, _MOST_POLYLINES)
    if not chosen or not given:
        return ""
    values = [_value(one) for one in chosen]
    axes = [*(_vertical_axis(one, chosen) for one in list(given.values())[:_MOST_AXES])]
    axes.append(VerticalAxis(name, (min(values), max(values))))
    polylines = [
        Polyline(one.job, {**_numbers(one, axes), name: _value(one)}, rank)
        for one, rank in zip(chosen, ranks(values, lower), strict=True)
    ]
    lede = "Each line is a training job. The best one is the thickest."
    if len(chosen) < len(valued):
        lede = f"Each line is a training job: {len(chosen)} of {len(valued)}, the best half and every so many of the others."
    return section(
        "Hyperparameters and objective", lede, card(_RAMP + parallel(axes, polylines), "scroll wide")
    )


def _spread(valued: Sequence[Trial], most: int) -> list[Trial]:
    """Return at most so many, of the best ones all, of the others some in equal steps."""
    if len(valued) <= most:
        return list(valued)
    half = most // 2
    rest = valued[half:]
    return [*valued[:half], *(rest[place * len(rest) // half] for place in range(half))]


def _vertical_axis(one: Range, trials: Sequence[Trial]) -> VerticalAxis:
    if one.words:
        seen = {found for each in trials if (found := each.tuned.get(one.name)) is not None}
        return VerticalAxis(one.name, words=(*one.words, *sorted(seen - set(one.words))))
    return VerticalAxis(one.name, (one.low, one.high), one.log)


def _numbers(one: Trial, axes: Sequence[VerticalAxis]) -> dict[str, float | str]:
    """Return the values that have a place on their axes: an invented one has none."""
    found: dict[str, float | str] = {}
    for axis in axes:
        text = one.tuned.get(axis.name)
        if text is None:
            continue
        if axis.words:
            found[axis.name] = text
        elif (value := _number(text)) is not None:
            found[axis.name] = value
    return found


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _best(valued: Sequence[Trial], name: str, count: int) -> str:
    """Return the table of the best trials."""
    if not valued:
        return ""
    tuned = sorted({key for one in valued for key in one.tuned})
    rows = [_row(place, one, tuned) for place, one in enumerate(valued[:_MOST_ROWS], 1)]
    lede = (
        f"The best {len(rows)} of {number(count)}."
        if len(rows) < count
        else "All of them, the best one first."
    )
    columns = ["Rank", name, *tuned, "Training job", "Status", "Took"]
    return section("Best training jobs", lede, table(columns, rows, frozenset({0})))


def _row(place: int, one: Trial, tuned: Sequence[str]) -> list[Cell]:
    return [
        place,
        _value(one),
        *(_cell(one.tuned.get(key)) for key in tuned),
        code(one.job),
        status(one.status),
        took(one.begun, one.ended),
    ]


def _cell(text: str | None) -> Cell:
    if text is None:
        return None
    value = _number(text)
    return text if value is None else value


def _about(tuner: Document) -> str:
    config = tuner["HyperParameterTuningJobConfig"]
    limits = config["ResourceLimits"]
    rows: list[tuple[str, Cell]] = [
        ("ARN", code(tuner["HyperParameterTuningJobArn"])),
        ("Strategy", config.get("Strategy")),
        ("Training jobs at once", limits.get("MaxParallelTrainingJobs")),
        ("Training jobs at most", limits.get("MaxNumberOfTrainingJobs")),
        ("Early stopping", config.get("TrainingJobEarlyStoppingType")),
        ("Seed", config.get("RandomSeed")),
        ("Warm start", tuner.get("WarmStartConfig", {}).get("WarmStartType")),
        ("Began", at(tuner["CreationTime"])),
        ("Ended", at(tuner.get("HyperParameterTuningEndTime"))),
    ]
    objectives = tuner.get("ObjectiveStatusCounters", {})
    rows += [(f"Objective {word.lower()}", count) for word, count in objectives.items()]
    rows += [(one.name, _range(one)) for one in ranges(tuner).values()]
    return section("About it", "As it was asked for.", facts(rows))


def _range(one: Range) -> str:
    if one.words:
        return f"one of {', '.join(one.words)}"
    return f"{number(one.low)} to {number(one.high)}{', logarithmic' if one.log else ''}"
