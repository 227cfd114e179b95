"""What a program prints, in CloudWatch Logs and as metrics: nothing that it prints, and nothing that somebody does to
its log, may keep its job from ending."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel import FakeClock
from clary.runs.fake import FakeExecutor
from clary.server.loop import Controllers
from clary.workloads import log_journal, metric_scan
from tests.support.images import SKLEARN
from tests.support.sagemaker_requests import training_request
from tests.support.turns import turn

GROUP = "/aws/sagemaker/TrainingJobs"


@pytest.fixture
def start(sm: Any, role: str, controllers: Controllers, clock: FakeClock, runs: FakeExecutor) -> Any:
    """Start a job with these MetricDefinitions: the run of its program."""

    def started(*definitions: dict[str, str]) -> str:
        request = training_request(role)
        request["AlgorithmSpecification"] |= {
            "TrainingImage": SKLEARN,
            "MetricDefinitions": list(definitions),
        }
        sm.create_training_job(**request)
        turn(controllers, clock, 2)
        (run,) = runs.specs
        runs.advance(run, steps=(("Downloading", clock.now()), ("Running", clock.now() + 1)))
        return run

    return started


def finished(
    run: str, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor, turns: int = 4
) -> dict[str, Any]:
    """The job once its program has ended and its controller has had some turns."""
    runs.finish(run, ended=clock.now())
    turn(controllers, clock, turns)
    return sm.describe_training_job(TrainingJobName="job-1")


def lines(logs: Any) -> list[str]:
    (stream,) = logs.describe_log_streams(logGroupName=GROUP)["logStreams"]
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=GROUP, logStreamNames=[stream["logStreamName"]]
    )
    return [event["message"] for page in pages for event in page["events"]]


def test_a_job_ends_though_its_log_was_deleted_under_it(
    start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    run, logs = start(), client("logs")
    runs.write(run, "before\n")
    turn(controllers, clock, 2)
    logs.delete_log_group(logGroupName=GROUP)
    runs.write(run, "after\n")
    assert finished(run, sm, controllers, clock, runs)["TrainingJobStatus"] == "Completed"
    assert lines(logs) == ["after"]


def test_a_job_writes_into_a_stream_that_somebody_made_before_it(
    start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName=f"job-1/algo-1-{int(clock.now())}")
    run = start()
    runs.write(run, "hello\n")
    assert finished(run, sm, controllers, clock, runs)["TrainingJobStatus"] == "Completed"
    assert lines(logs) == ["hello"]


@pytest.mark.parametrize(
    ("line", "count", "shown"),
    [
        # PutLogEvents takes 1,048,576 bytes at most, 26 more for each event (API reference).
        (b"x" * 1040, 1007, "x" * 1040),
        (b"\t" * 500, 2000, "#011" * 500),
        (b"\xff" * 500, 2000, "\ufffd" * 500),
    ],
    ids=["long lines", "tabs", "no text"],
)
def test_a_mebibyte_at_once_is_stored_whole(
    line: bytes,
    count: int,
    shown: str,
    start: Any,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> None:
    run = start()
    runs.write(run, (line + b"\n") * count)
    assert finished(run, sm, controllers, clock, runs)["TrainingJobStatus"] == "Completed"
    assert lines(client("logs")) == [shown] * count


def test_lines_stay_whole_where_a_reading_ends(
    start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    run, line = start(), "ä" * 700
    runs.write(run, f"{line}\n" * 1500)  # 2.1 MB, read in pieces of 1 MiB
    assert finished(run, sm, controllers, clock, runs, 6)["TrainingJobStatus"] == "Completed"
    assert lines(client("logs")) == [line] * 1500


def test_a_line_beyond_what_an_event_holds_goes_on_in_the_next(
    start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    run = start()
    runs.write(run, "a" * 70_000 + "b" * 70_000 + "\n")
    assert finished(run, sm, controllers, clock, runs)["TrainingJobStatus"] == "Completed"
    found = lines(client("logs"))
    assert "".join(found) == "a" * 70_000 + "b" * 70_000
    assert len(found) == 3


def test_a_value_that_cloudwatch_has_no_room_for_takes_no_other_with_it(
    start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    # PutMetricData: values are between -2^360 and 2^360.
    run = start({"Name": "loss", "Regex": "loss=(.*)"}, {"Name": "far", "Regex": "far=(.*)"})
    runs.write(run, "loss=0.5\nfar=1e200\n")
    finished(run, sm, controllers, clock, runs)
    found = client("cloudwatch").list_metrics(Namespace="/aws/sagemaker/TrainingJobs")["Metrics"]
    assert [metric["MetricName"] for metric in found] == ["loss"]


def test_an_expression_without_an_end_holds_nobody_up(
    start: Any, sm: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    endless = {"Name": "endless", "Regex": "((a+)+)$"}
    run = start(endless, {"Name": "loss", "Regex": "loss=([0-9.]+)"})
    runs.write(run, "a" * 60 + "!\nloss=0.25\n")
    job = finished(run, sm, controllers, clock, runs)
    assert job["TrainingJobStatus"] == "Completed"
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("loss", 0.25)]


LOSS = {"Name": "loss", "Regex": "loss=([0-9.]+)"}


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("(?<=loss=)([0-9.]+)", "loss=0.25"),  # look-behind
        ("loss=([0-9.]+)(?!%)", "loss=0.25"),  # look-ahead
        (r"(\d)\1 loss=([0-9.]+)", "33 loss=0.25"),  # a back-reference: the first group is the value
    ],
)
def test_an_expression_that_only_pythons_engine_takes_gives_its_metric(
    expression: str,
    line: str,
    start: Any,
    sm: Any,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
) -> None:
    run = start({"Name": "loss", "Regex": expression})
    runs.write(run, f"{line}\n")
    job = finished(run, sm, controllers, clock, runs)
    value = 3.0 if expression.startswith(r"(\d)") else 0.25
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("loss", value)]


def test_expressions_that_use_up_their_time_end_the_metrics_of_their_job_and_it_is_told(
    start: Any,
    sm: Any,
    client: Any,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(metric_scan, "MOST_SECONDS", 0.1)
    asked: list[str] = []
    search = metric_scan.MATCHERS.search
    monkeypatch.setattr(
        metric_scan.MATCHERS,
        "search",
        lambda expression, *rest: asked.append(expression) or search(expression, *rest),
    )
    endless = [{"Name": f"e{n}", "Regex": f"(?=a)(a+)+b{n}"} for n in range(12)]
    run = start(LOSS, *endless)
    asked.clear()  # CreateTrainingJob has asked whether they are expressions
    runs.write(run, "loss=0.5\n" + "a" * 60 + "\n")
    turn(controllers, clock, 2)
    runs.write(run, "loss=0.25\n" + "a" * 60 + "\n")
    job = finished(run, sm, controllers, clock, runs)
    assert asked == ["(?=a)(a+)+b0"]  # the first takes all the time that there is; nothing is asked any more
    assert job["TrainingJobStatus"] == "Completed"
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("loss", 0.5)]
    said = [line for line in lines(client("logs")) if "no more metrics are taken" in line]
    assert len(said) == 1


class TestALogWithoutEnd:
    """What is read in a step, and in all steps after a program's end, has a bound that the program cannot move."""

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(log_journal, "_READ_AT_ONCE", 1000)
        monkeypatch.setattr(log_journal, "_LEAST_READ", 1000)
        monkeypatch.setattr(log_journal, "_MOST_LINES", 20)
        monkeypatch.setattr(log_journal, "_LEAST_LINES", 20)
        monkeypatch.setattr(log_journal, "_LAST_READINGS", 5)

    def test_it_is_cut_after_so_many_readings_and_says_so(
        self, start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
    ) -> None:
        run = start()
        runs.write(run, b"".join(b"%099d\n" % number for number in range(1000)))
        assert finished(run, sm, controllers, clock, runs, 8)["TrainingJobStatus"] == "Completed"
        found = lines(client("logs"))
        assert [int(line) for line in found[:-1]] == list(range(50))
        assert found[-1] == "[The output that follows is not in this log: there is too much of it.]"
        sm.delete_training_job(TrainingJobName="job-1")

    def test_lines_are_counted_as_well_as_bytes(
        self, start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
    ) -> None:
        run = start()
        runs.write(run, "y\r\n" * 90)
        assert finished(run, sm, controllers, clock, runs, 8)["TrainingJobStatus"] == "Completed"
        assert lines(client("logs")) == ["y"] * 90

    @pytest.mark.parametrize(
        "data", [bytes(100_000), b"x" * 100_000, b"\n" * 100_000], ids=["NUL", "x", "empty"]
    )
    def test_floods_end(
        self,
        data: bytes,
        start: Any,
        sm: Any,
        controllers: Controllers,
        clock: FakeClock,
        runs: FakeExecutor,
    ) -> None:
        run = start()
        runs.write(run, data)
        assert finished(run, sm, controllers, clock, runs, 8)["TrainingJobStatus"] == "Completed"

    def test_what_was_not_kept_is_said_where_it_is_missing(
        self, start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
    ) -> None:
        run = start()
        runs.write(run, "first\n")
        turn(controllers, clock, 1)
        runs.write(run, "lost\nsecond\n")
        runs.lose(run, len("first\nlost\n"))
        assert finished(run, sm, controllers, clock, runs)["TrainingJobStatus"] == "Completed"
        assert lines(client("logs")) == [
            "first",
            "[5 bytes of output are not in this log: there were too many.]",
            "second",
        ]


def test_the_hosts_of_a_job_share_what_a_step_reads(
    sm: Any,
    role: str,
    controllers: Controllers,
    clock: FakeClock,
    runs: FakeExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 4, "VolumeSizeInGB": 5}
    sm.create_training_job(**training_request(role, ResourceConfig=cluster))
    turn(controllers, clock, 2)
    asked: list[int] = []
    real = runs.output

    def output(run_id: str, host: str, offset: int, limit: int) -> Any:
        asked.append(limit)
        return real(run_id, host, offset, limit)

    monkeypatch.setattr(runs, "output", output)
    runs.advance(*runs.specs)
    turn(controllers, clock, 1)
    assert asked == [(1 << 20) // 4] * 4


def test_a_line_that_has_no_end_yet_is_waited_for(
    start: Any, sm: Any, client: Any, controllers: Controllers, clock: FakeClock, runs: FakeExecutor
) -> None:
    run = start()
    runs.write(run, "begun")
    turn(controllers, clock, 2)
    runs.write(run, " and ended\nnext\nno end")
    assert finished(run, sm, controllers, clock, runs)["TrainingJobStatus"] == "Completed"
    assert lines(client("logs")) == ["begun and ended", "next", "no end"]
