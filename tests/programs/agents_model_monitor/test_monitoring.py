"""Data-quality monitoring: the six checks, drift, capture forms, scripts, CloudWatch lines.

Check types: developer guide, "Schema for Violations (constraint_violations.json file)". Distances: Deequ's
`Distance`, whose robust form takes 1.8 * sqrt((n + m) / (n * m)) off the Kolmogorov-Smirnov statistic.
"""

import base64
import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp

from clary_programs.agents.model_monitor.drift import chi_squared_p_value

from .job import Job, captured

BASE = "y,age,city\n" + "".join(f"{i / 10},{20 + i % 50},{'Rome' if i % 2 else 'Oslo'}\n" for i in range(400))


def steady(job: Job, count: int = 200) -> list[dict[str, Any]]:
    return [captured(f"{20 + i % 50},{'Rome' if i % 2 else 'Oslo'}", f"{i / 5}") for i in range(count)]


def checks(job: Job) -> list[tuple[str, str]]:
    return [(item["feature_name"], item["constraint_check_type"]) for item in job.violations]


def change(job: Job, edit: Any) -> None:
    path = job.root / "processing/baseline/constraints/constraints.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))


def test_data_like_the_baseline_violate_nothing(job: Job) -> None:
    job.baseline(BASE)
    job.capture(steady(job))
    assert job.monitor() == 0
    assert job.violations == []
    assert job.message == "Completed: Job completed successfully with no violations."
    assert list(job.features()) == ["y", "age", "city"]


def test_shifted_data_drift(job: Job) -> None:
    job.baseline(BASE)
    job.capture(captured(f"{60 + i % 50},Rome", f"{i / 5}") for i in range(200))
    assert job.monitor() == 0
    assert checks(job) == [("age", "baseline_drift_check"), ("city", "baseline_drift_check")]
    assert job.message == "CompletedWithViolations: Job completed successfully with 2 violations."
    base, now = [20 + i % 50 for i in range(400)], [60 + i % 50 for i in range(200)]
    robust = ks_2samp(base, now).statistic - 1.8 * ((400 + 200) / (400 * 200)) ** 0.5
    words = job.violations[0]["description"]
    assert words.startswith("Baseline drift distance: ")
    assert words.endswith(" exceeds threshold: 0.1")
    assert float(words.split()[3]) == pytest.approx(robust)


def test_five_far_records_are_enough_for_robust_distance(job: Job) -> None:
    """What the acceptance flow relies on: 1 - 1.8 * sqrt(405 / 2000) = 0.19."""
    job.baseline(BASE)
    job.capture(captured("2000,Rome", "5") for _ in range(5))
    assert job.monitor() == 0
    assert ("age", "baseline_drift_check") in checks(job)
    job.capture(captured("2000,Rome", "5") for _ in range(4))
    assert job.monitor() == 0
    assert ("age", "baseline_drift_check") not in checks(job)


def test_simple_distance_does_not_correct(job: Job) -> None:
    job.baseline(BASE)
    job.capture(captured("2000,Rome", "5") for _ in range(4))
    change(
        job, lambda c: c["monitoring_config"]["distribution_constraints"].update(comparison_method="Simple")
    )
    assert job.monitor() == 0
    assert ("age", "baseline_drift_check") in checks(job)


def test_types_completeness_and_categories(job: Job) -> None:
    job.baseline(BASE)
    rows = [*steady(job, 198), captured("2.5,Bern", "1"), captured(",Rome", "1")]
    job.capture(rows)
    assert job.monitor() == 0
    assert checks(job) == [
        ("age", "data_type_check"),
        ("age", "completeness_check"),
        ("city", "categorical_values_check"),
    ]
    words = [item["description"] for item in job.violations]
    share = 198 / 199 * 100
    assert words[0] == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        f"Observed: Only {share}% of data is Integral."
    )
    assert words[1] == words[2] == "Value: 0.995 does not meet the constraint requirement! "


def test_thresholds_and_overrides_are_honoured(job: Job) -> None:
    job.baseline(BASE)
    rows = [*steady(job, 198), captured("2.5,Bern", "1"), captured(",Rome", "1")]
    job.capture(rows)

    def loosen(document: dict[str, Any]) -> None:
        document["monitoring_config"] |= {"datatype_check_threshold": 0.9, "domain_content_threshold": 0.9}
        document["features"][1]["completeness"] = 0.9

    change(job, loosen)
    assert job.monitor() == 0
    assert job.violations == []
    override = {"monitoring_config_overrides": {"datatype_check_threshold": 1.0}}
    change(job, lambda c: c["features"][1].update(override))
    assert job.monitor() == 0
    assert checks(job) == [("age", "data_type_check")]


def test_evaluation_can_be_disabled_for_all_and_for_one(job: Job) -> None:
    job.baseline(BASE)
    job.capture(captured(f"{900 + i},Bern", "1") for i in range(100))
    change(
        job,
        lambda c: c["features"][1].update(monitoring_config_overrides={"evaluate_constraints": "Disabled"}),
    )
    assert job.monitor() == 0
    assert {name for name, _ in checks(job)} == {"y", "city"}
    change(job, lambda c: c["monitoring_config"].update(evaluate_constraints="Disabled"))
    assert job.monitor() == 0
    assert job.violations == []


@pytest.mark.parametrize(
    ("sent", "kind", "feature", "word", "count"),
    [
        ("30,Rome,9", "extra_column_check", "Extra columns", "extra", 4),
        ("30", "missing_column_check", "Missing columns", "missing", 2),
    ],
)
def test_column_counts(job: Job, sent: str, kind: str, feature: str, word: str, count: int) -> None:
    job.baseline(BASE)
    job.capture(captured(sent, "5") for _ in range(3))
    assert job.monitor() == 0
    found = next(item for item in job.violations if item["constraint_check_type"] == kind)
    assert found["feature_name"] == feature
    assert found["description"] == (
        f"There are {word} columns in current dataset. Number of columns in current dataset: {count}, "
        "Number of columns in baseline constraints: 3"
    )


def test_output_columns_at_the_end(job: Job) -> None:
    job.baseline("age,y\n1,0.5\n2,0.7\n")
    job.capture([captured("1", "0.5"), captured("2", "0.7")])
    position = '{"sagemakerCaptureJson":{"captureIndexNames":["endpointInput","endpointOutput"],"output_columns_position":"END"}}'
    assert job.monitor(dataset_format=position) == 0
    assert job.features()["age"]["numerical_statistics"]["sum"] == 3.0


def test_several_rows_in_one_request(job: Job) -> None:
    job.baseline(BASE)
    job.capture([captured("20,Rome\n21,Oslo\n", "1,2"), captured("22,Rome\n23,Oslo", "3\n4\n")])
    assert job.monitor() == 0
    assert job.features()["y"]["numerical_statistics"]["sum"] == 10.0
    assert job.document("statistics.json")["dataset"]["item_count"] == 4


def test_only_captures_within_the_window(job: Job) -> None:
    job.baseline(BASE)
    times = ["2030-01-02T02:59:59Z", "2030-01-02T03:00:00Z", "2030-01-02T03:59:59Z", "2030-01-02T04:00:00Z"]
    job.capture(captured("20,Rome", "1", inferenceTime=time) for time in times)
    window = {"start_time": "2030-01-02T03:00:00.400000Z", "end_time": "2030-01-02T04:00:00Z"}
    assert job.monitor(**window) == 0
    assert job.document("statistics.json")["dataset"]["item_count"] == 2
    assert job.monitor(start_time="2031-01-01T00:00:00Z", end_time="2031-01-01T01:00:00Z") == 255
    assert job.message == "Error: Job inputs had no data"


def test_json_captures_are_matched_by_name(job: Job) -> None:
    job.baseline(BASE)
    rows = [{"age": 20 + i % 50, "city": "Rome" if i % 2 else "Oslo"} for i in range(100)]
    job.capture(captured(json.dumps(row), json.dumps({"y": i / 2.5}), "JSON") for i, row in enumerate(rows))
    assert job.monitor() == 0
    assert job.violations == []
    job.capture(captured(json.dumps({"age": 30}), json.dumps({"y": 1.0, "z": 1}), "JSON") for _ in range(3))
    assert job.monitor() == 0
    assert {"missing_column_check", "extra_column_check"} <= {kind for _, kind in checks(job)}


def test_base64_of_text_is_decoded_and_of_bytes_refused(job: Job) -> None:
    job.baseline(BASE)
    encode = lambda data: base64.b64encode(data).decode()  # noqa: E731
    job.capture([captured(encode(b"20,Rome"), encode(b"1.5"), "BASE64")])
    assert job.monitor() == 0
    assert job.features()["city"]["string_statistics"]["common"]["num_present"] == 1
    job.capture([captured(encode(b"\xff\xfe\x00"), encode(b"1.5"), "BASE64")])
    assert job.monitor() == 255
    assert job.message.startswith("Error: endpointInput was captured as BASE64 and is not text")


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([{"no": 1}], "Error: 00-00-000-x.jsonl holds a line that is not a capture record"),
        ([captured("1,Rome\n2,Rome\n3,Rome", "1\n2")], "Error: A captured record has 2 and 3 rows"),
        ([captured("[[1,[2]]]", '{"y":1}', "JSON")], "Error: Only tabular data or flattened JSON"),
        (
            [captured('{"a":1}', "0.5", "JSON")],
            "Error: The two parts of a captured record (JSON) differ in form",
        ),
        ([captured("1,Rome", "1"), captured("1", "1")], "Error: The captured data is not well-formed CSV"),
    ],
)
def test_captures_that_cannot_be_read(job: Job, records: list[dict[str, Any]], words: str) -> None:
    job.baseline(BASE)
    job.capture(records)
    assert job.monitor() == 255
    assert job.message.startswith(words)


def test_unlike_encodings_are_refused_in_the_analysers_words(job: Job) -> None:
    """As quoted in aws/sagemaker-python-sdk, issue 2785."""
    job.baseline(BASE)
    record = captured("1,Rome", '{"predictions":[{"score":0.5}]}')
    record["captureData"]["endpointOutput"]["encoding"] = "JSON"
    job.capture([record])
    assert job.monitor() == 255
    assert job.message == (
        "Error: Encoding mismatch: Encoding is CSV for endpointInput, but Encoding is JSON for endpointOutput. We "
        "currently only support the same type of input and output encoding at the moment."
    )


def test_malformed_constraints_are_refused(job: Job) -> None:
    job.baseline(BASE)
    job.capture(steady(job))
    change(job, lambda c: c.pop("features"))
    assert job.monitor() == 255
    assert job.message.startswith("Error: constraints.json is malformed")
    (job.root / "processing/baseline/constraints/constraints.json").unlink()
    assert job.monitor() == 255
    assert job.message == "Error: The baseline file constraints.json was not found"


def test_cloudwatch_lines(job: Job) -> None:
    job.baseline(BASE)
    job.capture(captured(f"{60 + i % 50},Rome", f"{i / 5}") for i in range(200))
    names = {"sagemaker_endpoint_name": "ep", "sagemaker_monitoring_schedule_name": "sch"}
    assert job.monitor(publish_cloudwatch_metrics="Enabled", metric_time="2030-01-02T03:00:00Z", **names) == 0
    lines = {line["MetricName"]: line for line in job.metric_lines()}
    assert lines["feature_data_age"]["StatisticValues"] == {
        "SampleCount": 200.0,
        "Sum": float(sum(60 + i % 50 for i in range(200))),
        "Minimum": 60.0,
        "Maximum": 109.0,
    }
    assert lines["feature_non_null_city"]["Value"] == 1.0
    assert "feature_data_city" not in lines
    assert lines["feature_baseline_drift_age"]["Value"] > 0.1
    assert lines["feature_data_y"]["Timestamp"] == "2030-01-02T03:00:00Z"
    assert lines["feature_data_y"]["Dimensions"] == [
        {"Name": "Endpoint", "Value": "ep"},
        {"Name": "MonitoringSchedule", "Value": "sch"},
    ]


def test_no_metrics_unless_asked_for(job: Job) -> None:
    job.baseline(BASE)
    job.capture(steady(job))
    assert job.monitor() == 0
    assert not (job.root / "output/metrics").exists()
    change(job, lambda c: c["features"][1].update(monitoring_config_overrides={"emit_metrics": "Disabled"}))
    assert job.monitor(publish_cloudwatch_metrics="Enabled") == 0
    assert not any(line["MetricName"].endswith("_age") for line in job.metric_lines())


def test_a_preprocessor_makes_the_rows(job: Job) -> None:
    """The sample of the developer guide: positional keys padded with zeros, and [] to drop a record."""
    job.baseline(BASE)
    script = (
        "def preprocess_handler(inference_record, logger):\n"
        "    logger.info(inference_record.event_metadata.event_id)\n"
        "    if inference_record.event_metadata.event_id == 'drop':\n"
        "        return []\n"
        "    data = inference_record.endpoint_output.data.rstrip() + ',' + inference_record.endpoint_input.data\n"
        "    return {str(i).zfill(20): d for i, d in enumerate(data.split(','))}\n"
    )
    job.write("processing/code/preprocessing/pre.py", script)
    job.capture([captured("20,Rome", "1\n"), captured("21,Oslo", "2\n"), captured("x", "y", event_id="drop")])
    assert job.monitor(record_preprocessor_script="/opt/ml/processing/code/preprocessing/pre.py") == 0
    assert list(job.features()) == ["y", "age", "city"]
    assert job.features()["age"]["numerical_statistics"]["sum"] == 41.0


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("def preprocess_handler(r):\n    return 1 / 0\n", "Error: pre.py failed: ZeroDivisionError"),
        ("def preprocess_handler(r):\n    return 7\n", "Error: pre.py: preprocess_handler must return"),
        ("x = 1\n", "Error: pre.py does not define preprocess_handler"),
        ("def (\n", "Error: pre.py failed: SyntaxError"),
    ],
)
def test_a_broken_preprocessor_is_named(job: Job, script: str, words: str) -> None:
    job.baseline(BASE)
    job.write("processing/code/pre.py", script)
    job.capture(steady(job))
    assert job.monitor(record_preprocessor_script="/opt/ml/processing/code/pre.py") == 255
    assert job.message.startswith(words)


def test_a_postprocessor_runs_after_the_reports(job: Job) -> None:
    job.baseline(BASE)
    job.capture(steady(job))
    reports = job.root / "processing/output/constraint_violations.json"
    script = f"def postprocess_handler():\n    open({str(job.root / 'seen')!r}, 'w').write(open({str(reports)!r}).read())\n"
    job.write("processing/code/post.py", script)
    assert job.monitor(post_analytics_processor_script="/opt/ml/processing/code/post.py") == 0
    assert json.loads((job.root / "seen").read_text()) == {"violations": []}


def test_batch_transform_output_as_csv_and_json(job: Job) -> None:
    job.baseline(BASE)
    job.write("processing/input/endpoint/part.csv.out", "1.5,20,Rome\n2.5,21,Bern\n")
    assert job.monitor(dataset_format='{"Csv":{"Header":false}}') == 0
    assert ("city", "categorical_values_check") in checks(job)
    (job.root / "processing/input/endpoint/part.csv.out").unlink()
    job.write("processing/input/endpoint/part.json.out", '{"y":1.5,"age":20,"city":"Rome"}\n')
    assert job.monitor(dataset_format='{"Json":{"Line":true}}') == 0
    assert job.violations == []


def test_chi_squared_drift(job: Job) -> None:
    job.baseline(BASE, categorical_drift_method="ChiSquared")
    drift = job.document("constraints.json")["monitoring_config"]["distribution_constraints"]
    assert drift["categorical_drift_method"] == "ChiSquared"
    job.capture(steady(job))
    assert job.monitor() == 0
    assert job.violations == []
    job.capture(captured(f"{20 + i % 50},{'Rome' if i % 4 else 'Oslo'}", f"{i / 5}") for i in range(200))
    assert job.monitor() == 0
    assert checks(job) == [("city", "baseline_drift_check")]


def test_chi_squared_is_pearsons() -> None:
    table = np.array([[30.0, 50.0, 20.0], [25.0, 20.0, 55.0]])
    assert chi_squared_p_value(*table) == pytest.approx(chi2_contingency(table, correction=False).pvalue)


def test_without_a_baseline_monitoring_only_describes(job: Job) -> None:
    job.capture([captured("1,2", "3")])
    source = {"dataset_source": "/opt/ml/processing/input/endpoint"}
    assert job.run(dataset_format='{"sagemakerCaptureJson":{}}', **source) == 0
    assert list(job.features()) == ["_c0", "_c1", "_c2"]
    assert not (job.root / "processing/output/constraint_violations.json").exists()
