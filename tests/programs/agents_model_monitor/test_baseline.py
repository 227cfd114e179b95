"""Data-quality baselines: statistics.json and constraints.json.

Shapes: developer guide, "Schema for Statistics" and "Schema for Constraints"; values against pandas.
"""

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from .job import Job

HOUSING = Path(__file__).parents[3].parent / "shared" / "data" / "housing" / "housing.csv"


def test_statistics_of_a_hand_worked_column(job: Job) -> None:
    job.write("processing/input/data/a.csv", "age,city\n1,Rome\n2,Rome\n,Oslo\n6,\n")
    assert job.run() == 0
    document = job.document("statistics.json")
    assert (document["version"], document["dataset"]) == (0.0, {"item_count": 4})
    age, city = document["features"]
    numbers = age["numerical_statistics"]
    assert (age["name"], age["inferred_type"]) == ("age", "Integral")
    assert numbers["common"] == {"num_present": 3, "num_missing": 1}
    assert (numbers["mean"], numbers["sum"], numbers["min"], numbers["max"]) == (3.0, 9.0, 1.0, 6.0)
    assert numbers["std_dev"] == pytest.approx((14 / 3) ** 0.5)  # population: ((4 + 1 + 9) / 3)
    assert len(numbers["distribution"]["kll"]["buckets"]) == 10
    assert numbers["distribution"]["kll"]["sketch"]["data"] == [[1.0, 2.0, 6.0]]
    assert city["string_statistics"] == {
        "common": {"num_present": 3, "num_missing": 1},
        "distinct_count": 2.0,
        "distribution": {
            "categorical": {"buckets": [{"value": "Rome", "count": 2}, {"value": "Oslo", "count": 1}]}
        },
    }
    assert job.message == "Completed: Job completed successfully."


def test_constraints_and_their_defaults(job: Job) -> None:
    job.write("processing/input/data/a.csv", "a,b,c,d\n1,-1.5,x,\n2,2,x,\n3,3,y,\n4,,y,\n")
    assert job.run() == 0
    document = job.document("constraints.json")
    assert document["version"] == 0.0
    assert document["features"] == [
        {"name": "a", "inferred_type": "Integral", "completeness": 1.0, "num_constraints": {"is_non_negative": True}},
        {"name": "b", "inferred_type": "Fractional", "completeness": 0.75, "num_constraints": {"is_non_negative": False}},
        {"name": "c", "inferred_type": "String", "completeness": 1.0, "string_constraints": {"domains": ["x", "y"]}},
        {"name": "d", "inferred_type": "Unknown", "completeness": 0.0},
    ]  # fmt: skip
    config = document["monitoring_config"]
    assert (config["evaluate_constraints"], config["emit_metrics"]) == ("Enabled", "Enabled")
    assert (config["datatype_check_threshold"], config["domain_content_threshold"]) == (1.0, 1.0)
    assert config["distribution_constraints"]["comparison_method"] == "Robust"
    assert config["distribution_constraints"]["comparison_threshold"] == 0.1


def test_texts_that_mostly_occur_once_are_no_domain(job: Job) -> None:
    job.write("processing/input/data/a.csv", "name\n" + "\n".join(f"person {i}" for i in range(30)) + "\n")
    assert job.run() == 0
    assert "string_constraints" not in job.features("constraints.json")["name"]


@pytest.mark.parametrize("header", [True, False])
def test_blank_lines_before_the_first_row_are_no_rows(job: Job, header: bool) -> None:
    job.write("processing/input/data/a.csv", "\n  \r\n" + "a,b\n" * header + "1,x\n\n2,y\n")
    assert job.run(dataset_format=json.dumps({"csv": {"header": header}})) == 0, job.message
    assert job.document("statistics.json")["dataset"] == {"item_count": 2}
    kinds = {name: feature["inferred_type"] for name, feature in job.features().items()}
    assert list(kinds) == (["a", "b"] if header else ["_c0", "_c1"])
    assert list(kinds.values()) == ["Integral", "String"]


def test_columns_without_a_name_are_named_by_position(job: Job) -> None:
    """pandas writes its index so; the name is that of apache/spark, `CSVUtils.makeSafeHeader`."""
    table = pd.DataFrame({"age": [30, 40], "": [1.5, 2.5]})
    job.write("processing/input/data/a.csv", table.to_csv())
    assert job.run() == 0, job.message
    assert list(job.features()) == list(job.features("constraints.json")) == ["_c0", "age", "_c2"]


def test_headerless_columns_are_named_by_position(job: Job) -> None:
    job.write("processing/input/data/a.csv", "1,x\n2,y\n")
    assert job.run(dataset_format='{"csv":{"header":false}}') == 0
    assert list(job.features()) == ["_c0", "_c1"]
    assert job.document("statistics.json")["dataset"]["item_count"] == 2


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-2", "30"], "Integral"),
        (["1.0", "2.0"], "Fractional"),  # spelling counts, as in Deequ's patterns
        (["1", "2.5", "3e-4"], "Fractional"),
        (["1", "x"], "String"),
        (["true", "false"], "String"),
        (["2030-01-01", "2030-01-02"], "String"),
        (["NaN", ""], "Unknown"),
        (["007", "12"], "Integral"),
    ],
)
def test_type_inference(job: Job, values: list[str], kind: str) -> None:
    job.write("processing/input/data/a.csv", "v,w\n" + "".join(f"{value},1\n" for value in values))
    assert job.run() == 0
    assert job.features()["v"]["inferred_type"] == kind


def test_files_that_disagree_about_a_type_are_read_together(job: Job) -> None:
    job.write("processing/input/data/a.csv", "v\n1\n2\n")
    job.write("processing/input/data/b.csv", "v\n3.5\n")
    job.write("processing/input/data/_SUCCESS", "")
    assert job.run() == 0
    statistics = job.features()["v"]
    assert (statistics["inferred_type"], statistics["numerical_statistics"]["sum"]) == ("Fractional", 6.5)


def test_a_type_that_changes_far_into_the_file(job: Job) -> None:
    job.write("processing/input/data/a.csv", "v\n" + "1\n" * 5_000_000 + "late\n")
    assert job.run() == 0
    assert job.features()["v"]["inferred_type"] == "String"


def test_json_lines_arrays_and_gzip(job: Job) -> None:
    rows = [{"a": 1, "in": {"b": 0.5}, "list": [1, 2]}, {"a": None, "in": {"b": 2}, "ok": True}]
    job.write("processing/input/data/a.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert job.run(dataset_format='{"json":{"lines":true}}') == 0
    from_lines = job.document("statistics.json")
    assert [item["name"] for item in from_lines["features"]] == ["a", "in.b", "list.0", "list.1", "ok"]
    assert job.features()["in.b"]["numerical_statistics"]["mean"] == 1.25
    (job.root / "processing/input/data/a.jsonl").unlink()
    job.write("processing/input/data/a.json.gz", gzip.compress(json.dumps(rows).encode()))
    assert job.run(dataset_format='{"json":{"lines":false}}') == 0
    assert job.document("statistics.json") == from_lines


def test_parquet(job: Job) -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "x": [0.5, None, 1.5], "s": pd.Categorical(["a", "b", "a"])})
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    job.write("processing/input/data/part-0.parquet", buffer.getvalue())
    assert job.run(dataset_format='{"Parquet":{}}') == 0
    found = job.features()
    assert [item["inferred_type"] for item in found.values()] == ["Integral", "Fractional", "String"]
    assert found["x"]["numerical_statistics"]["common"] == {"num_present": 2, "num_missing": 1}


@pytest.mark.skipif(not HOUSING.exists(), reason="the housing data are not here")
def test_housing_agrees_with_pandas(job: Job) -> None:
    job.write("processing/input/data/housing.csv", HOUSING.read_bytes())
    assert job.run() == 0
    frame, found = pd.read_csv(HOUSING), job.features()
    for name in frame.select_dtypes("number"):
        numbers, column = found[name]["numerical_statistics"], frame[name].dropna()
        assert numbers["mean"] == pytest.approx(column.mean())
        assert numbers["std_dev"] == pytest.approx(column.std(ddof=0))
        assert (numbers["min"], numbers["max"]) == (column.min(), column.max())
        assert numbers["common"]["num_missing"] == frame[name].isna().sum()
        counts = [bucket["count"] for bucket in numbers["distribution"]["kll"]["buckets"]]
        assert counts == np.histogram(column, bins=10)[0].tolist()
    proximity = found["ocean_proximity"]["string_statistics"]
    assert {b["value"]: b["count"] for b in proximity["distribution"]["categorical"]["buckets"]} == dict(
        frame["ocean_proximity"].value_counts()
    )
    constraints = job.features("constraints.json")
    assert constraints["total_bedrooms"]["completeness"] == pytest.approx(1 - 207 / 20640)
    assert constraints["longitude"]["num_constraints"] == {"is_non_negative": False}
    assert len(constraints["ocean_proximity"]["string_constraints"]["domains"]) == 5


def test_the_configuration_file_stands_in_for_variables(job: Job) -> None:
    job.write("processing/input/data/a.csv", "v\n1\n")
    environment = {
        "output_path": "/opt/ml/processing/elsewhere",
        "dataset_format": '{"csv":{"header":false}}',
    }
    job.write("config/processingjobconfig.json", json.dumps({"Environment": environment}))
    assert job.run(output_path="/opt/ml/processing/output") == 0  # the process's own variable wins
    assert not (job.root / "processing/elsewhere").exists()


@pytest.mark.parametrize(
    ("variables", "data", "words"),
    [
        ({"dataset_format": '{"xml":{}}'}, "v\n1\n", "Error: dataset_format xml"),
        ({"dataset_format": "csv"}, "v\n1\n", "Error: dataset_format must be JSON"),
        ({"analysis_type": "MODEL_BIAS"}, "v\n1\n", "Error: analysis_type must be one of"),
        ({"start_time": "noon"}, "v\n1\n", "Error: start_time is not an ISO-8601 time: noon"),
        ({}, "", "Error: Job inputs had no data"),
        ({}, "v\n", "Error: Job inputs had no data"),
        ({}, "a,b\n1,2\n1,2,3\n", "Error: a.csv is not well-formed CSV"),
        ({}, "a,a\n1,2\n", "Error: a.csv has two columns of the same name"),
        ({"dataset_format": '{"json":{"lines":true}}'}, '{"a":1}\n{"a":\n', "Error: a.csv, line 2: not JSON"),
        ({"dataset_format": '{"json":{"lines":true}}'}, "[1,2]\n", "Error: Only tabular data"),
        ({"dataset_format": '{"parquet":{}}'}, "v\n1\n", "Error: The input is not Parquet"),
    ],
)
def test_bad_input_ends_with_the_reason(job: Job, variables: dict[str, str], data: str, words: str) -> None:
    job.write("processing/input/data/a.csv", data)
    assert job.run(**variables) == 255
    assert job.message.startswith(words)


def test_a_missing_variable_is_named(job: Job) -> None:
    job.write("processing/input/data/a.csv", "v\n1\n")
    assert job.run(output_path="") == 255
    assert job.message == "Error: output_path is not set"


def test_an_absent_folder_is_no_data(job: Job) -> None:
    assert job.run() == 255
    assert job.message.startswith("Error: Job inputs had no data")
