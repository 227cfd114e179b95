"""The pages about an experiment and a trial: their trial components side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clary.cli.drawing.numbers import number
from clary.cli.drawing.page import (
    Cell,
    Markup,
    breakable,
    code,
    facts,
    figure,
    figures,
    page,
    section,
    shown,
    table,
)
from clary.cli.drawing.plot import Axis, Line, plot
from clary.cli.pipelines.states import duration
from clary.cli.report import series
from clary.cli.report.clients import Clients, Document
from clary.cli.report.footer import footer
from clary.cli.report.series import Chart
from clary.cli.report.subject import Subject
from clary.cli.report.words import at, joined, status, took

_MOST_LISTED = 500
_MOST_COMPARED = 12
_MOST_ROWS = 150
_COLOURS = ("c1", "c2", "c3", "c4", "c5", "c6")
_LONGEST = 200  # letters of a value

Value = str | float | None


def written(clients: Clients, subject: Subject) -> str:
    """Return the page about an experiment."""
    name = subject.about["ExperimentName"]
    return _page(
        clients, subject.about, "Experiment", name, subject.about["ExperimentArn"], {"ExperimentName": name}
    )


def written_of_trial(clients: Clients, subject: Subject) -> str:
    """Return the page about a trial."""
    name = subject.about["TrialName"]
    return _page(clients, subject.about, "Trial", name, subject.about["TrialArn"], {"TrialName": name})


def _page(clients: Clients, about: Document, kind: str, name: str, arn: str, asked: Mapping[str, str]) -> str:
    summaries = clients.listed(
        "list_trial_components",
        "TrialComponentSummaries",
        _MOST_LISTED,
        SortBy="CreationTime",
        SortOrder="Descending",
        **asked,
    )
    described = [_described(clients, one) for one in summaries[:_MOST_COMPARED]]
    compared = [one for one in described if one is not None]
    heading = (kind, name, arn)
    return rendered(heading, about, summaries, compared, series.charts(clients, compared))


def _described(clients: Clients, summary: Document) -> Document | None:
    """Return a component, None where it was deleted since it was listed."""
    return clients.described("describe_trial_component", TrialComponentName=summary["TrialComponentName"])


def rendered(
    heading: tuple[str, str, str],
    about: Document,
    summaries: Sequence[Document],
    compared: Sequence[Document],
    charts: Sequence[Chart],
) -> str:
    """Return the page about an experiment or a trial (`heading`: kind, name, ARN), its components, those that are compared, and the
    series of their metrics."""
    kind, name, arn = heading
    colours = dict(zip((one["TrialComponentName"] for one in compared), _COLOURS, strict=False))
    lede = joined(f"{number(len(summaries))} trial components", at(about.get("CreationTime")))
    sections = (
        _section("Metrics", compared, _metric, len(summaries)),
        _curves(charts, colours),
        _section("Parameters", compared, _parameter, len(summaries)),
        _listed(summaries),
        section("About it", "As the platform describes it.", facts(_facts(about, arn))),
    )
    return page(name, kind, lede, sections, footer())


# side by side ----------------------------------------------------------------------------------------------------


def _parameter(component: Document) -> dict[str, Value]:
    found = component.get("Parameters", {})
    return {name: one.get("NumberValue", one.get("StringValue")) for name, one in found.items()}


def _metric(component: Document) -> dict[str, Value]:
    return {one["MetricName"]: one.get("Last") for one in component.get("Metrics", [])}


def _section(
    title: str, compared: Sequence[Document], read: Callable[[Document], dict[str, Value]], count: int
) -> str:
    """Return a table with a row for each value and a column for each component; what differs is highlighted."""
    columns = [read(one) for one in compared]
    names = sorted({name for column in columns for name in column})[:_MOST_ROWS]
    if not names:
        return ""
    rows = [_row(name, [column.get(name) for column in columns]) for name in names]
    lede = (
        "Highlighted where the trial components differ." if len(compared) > 1 else "Of its trial component."
    )
    if count > len(compared):
        lede = (
            f"The newest {len(compared)} of {number(count)} trial components; highlighted where they differ."
        )
    heads = [_label(one) for one in compared]
    return section(title, lede, table([title[:-1], *heads], rows))


def _label(component: Document) -> str:
    return breakable(component.get("DisplayName") or component["TrialComponentName"])


def _row(name: str, values: Sequence[Value]) -> list[Cell]:
    differ = len(set(values)) > 1
    return [name, *(_cell(value, differ) for value in values)]


def _cell(value: Value, differs: bool) -> Cell:
    text = value[:_LONGEST] if isinstance(value, str) else value
    return Markup(f'<span class="diff">{shown(text)}</span>') if differs else text


# the other parts -------------------------------------------------------------------------------------------------


def _curves(charts: Sequence[Chart], colours: Mapping[str, str]) -> str:
    drawn = [_curve(chart, colours) for chart in charts]
    return section("Metrics as lines", "One line for each trial component.", figures(drawn)) if drawn else ""


def _curve(chart: Chart, colours: Mapping[str, str]) -> str:
    lines = [Line(name, points, colours[name]) for name, points in chart.series.items()]
    axis = Axis("Step") if chart.by_step else Axis("Since the first value", words=_time)
    said = f"{number(sum(len(points) for points in chart.series.values()))} values"
    return figure(chart.metric, said, plot(lines, axis, Axis(chart.metric)))


def _time(seconds: float) -> str:
    return duration(seconds) if seconds else "0"


def _listed(summaries: Sequence[Document]) -> str:
    if not summaries:
        return section("Trial components", "There are none yet.", "")
    rows: list[list[Cell]] = [
        [
            breakable(one["TrialComponentName"]),
            status(one.get("Status", {}).get("PrimaryStatus", "")),
            at(one.get("StartTime") or one.get("CreationTime")),
            took(one.get("StartTime"), one.get("EndTime")),
            code(source) if (source := one.get("TrialComponentSource", {}).get("SourceArn")) else "",
        ]
        for one in summaries
    ]
    return section(
        "Trial components", "The newest first.", table(["Name", "Status", "Began", "Took", "Source"], rows)
    )


def _facts(about: Document, arn: str) -> list[tuple[str, Cell]]:
    return [
        ("ARN", code(arn)),
        ("Display name", about.get("DisplayName")),
        ("Description", about.get("Description")),
        ("Experiment", about.get("ExperimentName")),
        ("Created", at(about.get("CreationTime"))),
        ("Last change", at(about.get("LastModifiedTime"))),
    ]
