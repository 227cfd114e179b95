"""The demo's report: what it shows, that it escapes, and that it needs nothing from outside.

It is well-formed on purpose, so that an XML parser can find what a reader would.
"""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from clary.cli.demo import report as page
from clary.cli.drawing import numbers, timeline

EVIL = "<script>alert('x')</script> & \"q\""

SAMPLE = page.DemoReport(
    title="Housing, end to end",
    created="1 January 2030",
    endpoint_url="http://127.0.0.1:4566",
    dataset=page.Dataset("housing", 20640, 10, "price", "Regression", "80 % train, 20 % test"),
    scores=(page.Score("RMSE", 48912.0, 115301.0, "mean predictor", unit="USD"),),
    serving=page.Serving(2.4e-7, 1843.2, 2000, 2.1, 6.83),
    steps=(
        page.Step("Upload", 0.0, 0.42),
        page.Step(
            "Training job",
            0.42,
            6.42,
            transitions=(page.Transition("Starting", 1.0), page.Transition("Training", 5.0)),
        ),
        page.Step("Monitor", 6.42, 8.0, status="Failed", detail="out of memory"),
    ),
    learning_curve=page.LearningCurve("RMSE", (3.0, 2.0, 1.0), (3.2, 2.2, 1.6)),
    prediction=page.Scatter("price", (1.0, 2.0, 3.0), (1.1, 1.9, 3.3)),
    drifts=(
        page.ColumnDrift("steady_one", 0.01, 0.1, (0.5, 0.5), (0.4, 0.6), ("0", "9")),
        page.ColumnDrift("moved_one", 0.6, 0.1, (1.0, 0.0), (0.0, 1.0), ("0", "9")),
    ),
    violations=(page.Violation("moved_one", "baseline_drift_check", "Baseline drift distance: 0.6"),),
    calls=(page.Call("s3", "PutObject", 3), page.Call("sagemaker-runtime", "InvokeEndpoint", 2000)),
)


def parsed(html: str) -> ElementTree.Element:
    body = html[html.index("<main>") : html.index("</body>")].replace("<wbr>", "<wbr/>")
    return ElementTree.fromstring(body)


def words(element: ElementTree.Element) -> str:
    return " ".join(" ".join(element.itertext()).split())


def test_the_headline_compares_with_the_trivial_answer() -> None:
    tiles = [words(tile) for tile in parsed(page.render(SAMPLE)).findall(".//ul[@class='tiles']/li")]
    assert tiles == [
        "RMSE 48,912 USD 58% lower than mean predictor: 115,301",
        "Endpoint against batch 2.4 × 10⁻⁷ largest difference of an answer",
        "Requests 1,843 / s median 2.1 ms, p99 6.83 ms",
        "Monitor’s violations 1 1 of 2 columns drifted",
    ]


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (page.Score("Accuracy", 0.9, 0.6, "majority class", lower_is_better=False), "50% higher"),
        (
            page.Score("Accuracy", 0.7, 0.07, "majority class", lower_is_better=False),
            "10 times the majority class",
        ),
        (page.Score("RMSE", 2.0, 1.0, "mean predictor"), "100% higher"),
        (page.Score("RMSE", 1.0, 1.0, "mean predictor"), "same as mean predictor: 1"),
        (
            page.Score("R²", 0.8, 0.0, "mean predictor", lower_is_better=False),
            "better than mean predictor: 0",
        ),
    ],
)
def test_better_and_worse_follow_the_metrics_direction(score: page.Score, expected: str) -> None:
    html = page.render(replace(SAMPLE, scores=(score,)))
    assert expected in words(parsed(html))
    assert ('class="worse"' in html) == (score.name == "RMSE" and score.value > score.reference)


def test_the_timeline_shows_states_durations_and_failure() -> None:
    html = page.render(SAMPLE)
    shown = words(parsed(html))
    assert "Training job" in shown
    assert "Starting 1.0 s · Training 5.0 s" in shown
    assert "Failed · out of memory" in shown
    assert html.count('class="bar-failed"') == 1


def test_no_note_leaves_the_picture() -> None:
    lanes = [
        timeline.Lane("a", (timeline.Span("x", start, start + 1.0),), letters * "n")
        for start, letters in ((0.0, 10), (5.0, 90), (9.0, 40))
    ]
    notes = re.findall(r'<text x="([\d.]+)" [^>]*class="note"[^>]*>(n+)<', timeline.timeline(lanes))
    assert next(float(x) for x, _ in notes) == 196.0
    assert all(float(x) + len(note) * 6.6 <= 1040 for x, note in notes)


def test_the_timeline_begins_with_the_first_step_and_leaves_out_what_took_no_time() -> None:
    moved = (
        page.Step(
            "Job", 2.0, 4.0, transitions=(page.Transition("Training", 2.0), page.Transition("Done", 0.0))
        ),
    )
    html = page.render(replace(SAMPLE, steps=moved))
    assert "start to finish in 2.0 s" in html
    assert "Done 0 ms" not in html
    assert re.search(r'<rect x="196.0"', html)


def test_many_classes_have_the_whole_width() -> None:
    names = tuple("abcdefgh")
    many = page.Confusion(names, tuple(tuple(int(a == b) for b in names) for a in names))
    html = page.render(replace(SAMPLE, prediction=many))
    assert '<div class="single">' in html
    assert 'class="matrix many"' in html


def test_spans_lie_where_their_times_say() -> None:
    lanes = [timeline.Lane("a", (timeline.Span("x", 0.0, 5.0), timeline.Span("y", 5.0, 10.0)), "")]
    bars = re.findall(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"', timeline.timeline(lanes))
    assert [float(x) for x, _ in bars] == [196.0, 566.0]
    assert float(bars[0][1]) == pytest.approx(370 - 1.5)


def test_the_farthest_column_comes_first_and_is_named_in_words() -> None:
    items = [
        words(item) for item in parsed(page.render(SAMPLE)).findall(".//ul[@class='grid-of-columns']/li")
    ]
    assert "▲ drifted" in items[0]
    assert "distance 0.600 threshold 0.1" in items[0]
    assert "steady" in items[1]
    assert "distance 0.010" in items[1]


def test_operations_are_listed_by_count() -> None:
    operations = re.findall(r'<th scope="row"><code>(\w+)</code>', page.render(SAMPLE))
    assert operations == ["InvokeEndpoint", "PutObject"]
    assert "2,003 requests of 2 operations" in page.render(SAMPLE)


def test_a_confusion_matrix_in_place_of_the_scatter() -> None:
    confusion = page.Confusion(("no", "yes"), ((40, 10), (5, 45)))
    table = parsed(page.render(replace(SAMPLE, prediction=confusion))).find(".//table[@class='matrix']")
    assert table is not None
    assert words(table) == "Actual ↓ Predicted → no yes no 40 80% 10 20% yes 5 10% 45 90%"


def test_every_text_is_escaped() -> None:
    report = page.DemoReport(
        title=EVIL,
        created=EVIL,
        endpoint_url=EVIL,
        dataset=page.Dataset(EVIL, 1, 1, EVIL, EVIL, EVIL),
        scores=(page.Score(EVIL, 1.0, 2.0, EVIL, unit=EVIL),),
        serving=page.Serving(),
        steps=(page.Step(EVIL, 0, 1, EVIL, EVIL, (page.Transition(EVIL, 1.0),)),),
        learning_curve=page.LearningCurve(EVIL, (1.0, 2.0), (2.0,)),
        prediction=page.Scatter(EVIL, (1.0,), (2.0,)),
        drifts=(page.ColumnDrift(EVIL, 0.5, 0.1, (1.0,), (1.0,), (EVIL, EVIL)),),
        violations=(page.Violation(EVIL, EVIL, EVIL),),
        calls=(page.Call(EVIL, EVIL, 1),),
    )
    for prediction in (report.prediction, page.Confusion((EVIL,), ((1,),))):
        html = page.render(replace(report, prediction=prediction))
        assert "<script" not in html
        assert "alert('x')" not in html
        parsed(html)  # a quote that broke out of its attribute would not parse


def test_nothing_comes_from_outside() -> None:
    html = page.render(replace(SAMPLE, endpoint_url=""))
    assert not re.search(r"https?://|//\w|url\(|@import|<link|<script|src=", html)


def test_every_picture_has_a_text() -> None:
    pictures = re.findall(r"<svg [^>]*>", page.render(SAMPLE))
    assert len(pictures) == 3 + 2 * 2
    assert all('role="img"' in picture and re.search(r'aria-label="[^"]+"', picture) for picture in pictures)


def test_empty_parts_leave_a_sound_page() -> None:
    bare = page.DemoReport(
        "t", "c", "u", page.Dataset("d", 0, 0, "y", "Regression"), (), page.Serving(), (),
        learning_curve=page.LearningCurve("m", (), ()), prediction=page.Scatter("y", (), ()),
    )  # fmt: skip
    shown = words(parsed(page.render(bare)))
    assert "The monitor found none." in shown
    assert "No rounds were reported." in shown
    assert "No predictions were kept." in shown


def test_values_that_are_no_numbers_do_not_break_a_chart() -> None:
    nan = float("nan")
    curve = page.LearningCurve("m", (nan, 1.0, nan), (1.0, 2.0, nan))
    html = page.render(
        replace(SAMPLE, learning_curve=curve, prediction=page.Scatter("y", (nan, 1.0), (1.0, 1.0)))
    )
    parsed(html)
    assert "nan" not in html.partition("<main>")[2]


def numeric(low: float, high: float, counts: list[int]) -> dict[str, object]:
    width = (high - low) / len(counts)
    buckets = [
        {"lower_bound": low + i * width, "upper_bound": low + (i + 1) * width, "count": count}
        for i, count in enumerate(counts)
    ]
    return {"numerical_statistics": {"distribution": {"kll": {"buckets": buckets}}}}


def text(**counts: int) -> dict[str, object]:
    buckets = [{"value": value, "count": count} for value, count in counts.items()]
    return {"string_statistics": {"distribution": {"categorical": {"buckets": buckets}}}}


def test_numeric_statistics_share_their_bins() -> None:
    found = page.column_drift("v", numeric(0, 10, [10] * 10), numeric(10, 20, [5] * 10), 0.9, 0.1)
    assert found is not None
    assert found.ends == ("0", "20")
    assert sum(found.baseline) == pytest.approx(1)
    assert found.baseline[:10] == pytest.approx([0.1] * 10)
    assert found.captured[10:] == pytest.approx([0.1] * 10)


def test_a_constant_column_falls_into_one_bin() -> None:
    found = page.column_drift("v", numeric(3, 3, [0, 7]), numeric(3, 4, [7, 7]), 0.0, 0.1)
    assert found is not None
    assert found.baseline[0] == 1.0
    same = page.column_drift("v", numeric(3, 3, [0, 7]), numeric(3, 3, [0, 7]), 0.0, 0.1)
    assert same is not None
    assert sum(same.baseline) == 1.0


def test_labels_keep_the_baselines_order() -> None:
    found = page.column_drift("v", text(b=1, a=3), text(a=1, c=1), 0.5, 0.1)
    assert found is not None
    assert (found.baseline, found.captured) == ((0.75, 0.25, 0.0), (0.5, 0.0, 0.5))
    assert found.ends == ("a", "c")
    assert page.column_drift("v", text(a=1), numeric(0, 1, [1]), 0.5, 0.1) is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (20640, "20,640"), (-3, "−3"), (1843.2, "1,843"), (0.82014, "0.8201"),
        (2.4e-7, "2.4 × 10⁻⁷"), (-1.5e-12, "−1.5 × 10⁻¹²"), (float("nan"), "–"), (float("inf"), "–"),
    ],
)  # fmt: skip
def test_numbers_are_written_for_people(value: float, shown: str) -> None:
    assert numbers.number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0421, "42 ms"), (0.9999, "1.0 s"), (6.42, "6.4 s"), (59.99, "1 min 0 s"), (185, "3 min 5 s")],
)
def test_durations_are_written_for_people(value: float, shown: str) -> None:
    assert numbers.seconds(value) == shown


def test_ticks_are_round_and_within() -> None:
    assert numbers.ticks(0, 18.9, 7) == [0, 5, 10, 15]
    assert numbers.ticks(-0.02, 0.98, 5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])
    assert numbers.ticks(3, 3) == [3]
