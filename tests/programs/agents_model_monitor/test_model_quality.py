"""Model quality: metrics against scikit-learn and the developer guide's example, constraints, ground truth.

Shapes: developer guide, "Model Quality Metrics" and "Ingest Ground Truth labels and merge them".
"""

import json
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from clary_programs.agents.model_monitor import quality_metrics

from .job import MERGE_FORMAT, Job, captured

REGRESSION = {"analysis_type": "MODEL_QUALITY", "problem_type": "Regression"}
BINARY = {"analysis_type": "MODEL_QUALITY", "problem_type": "BinaryClassification"}
MULTICLASS = {"analysis_type": "MODEL_QUALITY", "problem_type": "MulticlassClassification"}
COLUMNS = {"inference_attribute": "prediction", "ground_truth_attribute": "label"}


def csv_of(**columns: Any) -> str:
    rows = zip(*columns.values(), strict=True)
    return ",".join(columns) + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)


def labelled(event_id: str, data: str) -> dict[str, Any]:
    truth = {"data": data, "encoding": "CSV"}
    return {"groundTruthData": truth, "eventMetadata": {"eventId": event_id}, "eventVersion": "0"}


def test_regression_agrees_with_scikit_learn(job: Job) -> None:
    random = np.random.default_rng(5)
    truth = random.normal(10, 3, 500)
    guess = truth + random.normal(0, 1, 500)
    job.write("processing/input/data/q.csv", csv_of(label=truth, prediction=guess))
    assert job.run(**REGRESSION, **COLUMNS) == 0
    found = job.document("statistics.json")["regression_metrics"]
    assert list(found) == ["mae", "mse", "rmse", "r2"]
    assert found["mae"]["value"] == pytest.approx(metrics.mean_absolute_error(truth, guess))
    assert found["rmse"]["value"] == pytest.approx(metrics.root_mean_squared_error(truth, guess))
    assert found["r2"]["value"] == pytest.approx(metrics.r2_score(truth, guess))
    assert 0 < found["mae"]["standard_deviation"] < 0.1
    constraints = job.document("constraints.json")["regression_constraints"]
    assert constraints["mae"] == {
        "threshold": found["mae"]["value"],
        "comparison_operator": "GreaterThanThreshold",
    }
    assert constraints["r2"]["comparison_operator"] == "LessThanThreshold"


def test_few_rows_have_no_deviation_and_half_rows_do_not_count(job: Job) -> None:
    job.write("processing/input/data/q.csv", "label,prediction\n1,2\n3,3\n,5\n4,\n")
    assert job.run(**REGRESSION, **COLUMNS) == 0
    document = job.document("statistics.json")
    assert document["dataset"]["item_count"] == 2
    assert document["regression_metrics"]["mae"] == {"value": 0.5, "standard_deviation": "NaN"}


def test_a_constant_truth_has_no_r2(job: Job) -> None:
    job.write("processing/input/data/q.csv", "label,prediction\n1,2\n1,3\n")
    assert job.run(**REGRESSION, **COLUMNS) == 0
    assert job.document("statistics.json")["regression_metrics"]["r2"]["value"] == "NaN"
    assert "r2" not in job.document("constraints.json")["regression_constraints"]


def test_binary_metrics_of_the_developer_guides_example(job: Job) -> None:
    """Its confusion matrix {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}} and the figures beside it."""
    job.write("processing/input/data/q.csv", csv_of(label=[0, 0, 0, 1], prediction=[0, 1, 1, 1]))
    assert job.run(**BINARY, **COLUMNS) == 0
    found = job.document("statistics.json")["binary_classification_metrics"]
    assert found.pop("confusion_matrix") == {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}}
    assert {name: item["value"] for name, item in found.items()} == pytest.approx(
        {
            "recall": 1.0,
            "precision": 1 / 3,
            "accuracy": 0.5,
            "recall_best_constant_classifier": 1.0,
            "precision_best_constant_classifier": 0.25,
            "accuracy_best_constant_classifier": 0.25,
            "true_positive_rate": 1.0,
            "true_negative_rate": 1 / 3,
            "false_positive_rate": 2 / 3,
            "false_negative_rate": 0.0,
            "f0_5": 0.3846153846153846,
            "f1": 0.5,
            "f2": 0.7142857142857143,
            "f0_5_best_constant_classifier": 0.29411764705882354,
            "f1_best_constant_classifier": 0.4,
            "f2_best_constant_classifier": 0.625,
        }
    )


def test_probabilities_give_curves_auc_and_predictions(job: Job) -> None:
    random = np.random.default_rng(6)
    truth = random.integers(0, 2, 400)
    score = np.round(np.clip(truth * 0.3 + random.random(400) * 0.7, 0, 1), 2)  # rounded: with ties
    job.write("processing/input/data/q.csv", csv_of(label=truth, p=score))
    wanted = {
        "probability_attribute": "p",
        "probability_threshold_attribute": "0.6",
        "ground_truth_attribute": "label",
    }
    assert job.run(**BINARY, **wanted) == 0
    found = job.document("statistics.json")["binary_classification_metrics"]
    assert found["auc"]["value"] == pytest.approx(metrics.roc_auc_score(truth, score))
    assert found["precision"]["value"] == pytest.approx(metrics.precision_score(truth, score >= 0.6))
    assert found["f2"]["value"] == pytest.approx(metrics.fbeta_score(truth, score >= 0.6, beta=2))
    curve = found["receiver_operating_characteristic_curve"]
    expected = metrics.roc_curve(truth, score, drop_intermediate=False)
    assert curve["false_positive_rates"][:-1] == pytest.approx(expected[0].tolist())
    assert curve["true_positive_rates"][:-1] == pytest.approx(expected[1].tolist())
    assert set(found["precision_recall_curve"]) == {"precisions", "recalls"}
    rules = job.document("constraints.json")["binary_classification_constraints"]
    assert rules["false_positive_rate"]["comparison_operator"] == "GreaterThanThreshold"
    assert rules["auc"]["comparison_operator"] == "LessThanThreshold"


def test_multiclass_agrees_with_scikit_learn(job: Job) -> None:
    random = np.random.default_rng(7)
    names = np.array(["cat", "dog", "eel"])
    truth = names[random.integers(0, 3, 300)]
    guess = np.where(random.random(300) < 0.7, truth, names[random.integers(0, 3, 300)])
    job.write("processing/input/data/q.csv", csv_of(label=truth, prediction=guess))
    assert job.run(**MULTICLASS, **COLUMNS) == 0
    found = job.document("statistics.json")["multiclass_classification_metrics"]
    assert found["accuracy"]["value"] == pytest.approx(metrics.accuracy_score(truth, guess))
    for name, beta in (("weighted_f0_5", 0.5), ("weighted_f1", 1), ("weighted_f2", 2)):
        expected = metrics.fbeta_score(truth, guess, beta=beta, average="weighted")
        assert found[name]["value"] == pytest.approx(expected)
    precision = metrics.precision_score(truth, guess, average="weighted")
    assert found["weighted_precision"]["value"] == pytest.approx(precision)
    cells = found["confusion_matrix"]
    assert [list(row.values()) for row in cells.values()] == metrics.confusion_matrix(truth, guess).tolist()
    share = np.unique(truth, return_counts=True)[1].max() / 300
    assert found["accuracy_best_constant_classifier"]["value"] == pytest.approx(share)


def test_the_guides_multiclass_precision() -> None:
    """Of its matrix {"0": {"0": 1180, "1": 510}, "1": {"0": 268, "1": 138}}."""
    truth = np.repeat(np.array(["0", "1"]), [1690, 406])
    guess = np.concatenate([np.repeat(["0", "1"], [1180, 510]), np.repeat(["0", "1"], [268, 138])])
    found = quality_metrics.multiclass(truth, guess)
    assert found["confusion_matrix"] == {"0": {"0": 1180, "1": 510}, "1": {"0": 268, "1": 138}}
    assert found["weighted_precision"]["value"] == pytest.approx(0.6983172269629505)
    assert found["weighted_f0_5"]["value"] == pytest.approx(0.6803947317178771)
    assert found["weighted_f2"]["value"] == pytest.approx(0.6384024354394601)


def baseline(job: Job) -> None:
    job.write("processing/input/data/q.csv", "label,prediction\n1,1.5\n2,2.5\n3,2.5\n")
    assert job.run(**REGRESSION, **COLUMNS) == 0
    text = json.dumps(job.document("constraints.json"))
    job.write("processing/baseline/constraints/constraints.json", text)


def monitored(job: Job, **variables: str) -> int:
    merged = {"dataset_format": MERGE_FORMAT, "inference_attribute": "0", "baseline_statistics": ""}
    return job.monitor(**{**REGRESSION, **merged, **variables})


def test_worse_metrics_violate(job: Job) -> None:
    baseline(job)
    job.capture([{**captured("9", "1"), **labelled("e", "3")}, {**captured("9", "2"), **labelled("e", "2")}])
    assert monitored(job, publish_cloudwatch_metrics="Enabled") == 0
    assert job.violations[0] == {
        "constraint_check_type": "GreaterThanThreshold",
        "description": "Metric mae with 1.0 was GreaterThanThreshold 0.5",
        "metric_name": "mae",
    }
    assert job.message.startswith("CompletedWithViolations: Job completed successfully with 4 violations.")
    assert {line["MetricName"]: line["Value"] for line in job.metric_lines()}["mae"] == 1.0


def test_constraints_of_another_problem_are_refused(job: Job) -> None:
    baseline(job)
    job.capture([{**captured("9", "1"), **labelled("e", "1")}])
    assert monitored(job, problem_type="MulticlassClassification") == 255
    assert job.message == "Error: The baseline constraints have no multiclass_classification_constraints"


def test_the_merge_job_joins_on_inference_id_then_event_id(job: Job) -> None:
    job.capture(
        [
            captured("9", "1", event_id="a", inferenceId="order-1"),
            captured("9", "2", event_id="b"),
            captured("9", "3", event_id="c"),
        ]
    )
    lines = [labelled("order-1", "1.25"), labelled("b", "2"), labelled("b", "2.5"), labelled("a", "99")]
    job.write(
        "processing/groundtruth/2030/01/02/03/t.jsonl", "".join(json.dumps(line) + "\n" for line in lines)
    )
    sources = {
        "dataset_source": "/opt/ml/processing/input/endpoint",
        "ground_truth_source": "/opt/ml/processing/groundtruth",
    }
    assert job.run(dataset_format="", **sources) == 0
    merged = job.root / "processing/output/AllTraffic/2030/01/02/03/00-00-000-x.jsonl"
    records = [json.loads(line) for line in merged.read_text().splitlines()]
    assert [record["groundTruthData"]["data"] for record in records] == ["1.25", "2.5"]
    assert records[0]["captureData"]["endpointOutput"]["data"] == "1"
    assert job.run(**REGRESSION, dataset_format=MERGE_FORMAT, **sources) == 0  # merged on the way
    assert job.document("statistics.json")["regression_metrics"]["mae"]["value"] == 0.375


def test_a_merge_without_a_match_fails(job: Job) -> None:
    job.capture([captured("9", "1", event_id="a")])
    job.write("processing/groundtruth/t.jsonl", json.dumps(labelled("z", "1")))
    sources = {
        "dataset_source": "/opt/ml/processing/input/endpoint",
        "ground_truth_source": "/opt/ml/processing/groundtruth",
    }
    assert job.run(dataset_format="", **sources) == 255
    assert job.message.startswith("Error: No captured record has ground truth")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"problem_type": "Ranking"}, "Error: problem_type must be one of"),
        ({"inference_attribute": "nope"}, "Error: inference_attribute nope is not a column"),
        ({"ground_truth_attribute": ""}, "Error: ground_truth_attribute is not set"),
        ({"inference_attribute": "text"}, "Error: A prediction is not a number"),
        ({"problem_type": "BinaryClassification"}, "Error: BinaryClassification has two labels; found 3"),
        ({"probability_threshold_attribute": "x"}, "Error: probability_threshold_attribute must be a number"),
    ],
)
def test_bad_configurations_are_named(job: Job, variables: dict[str, str], words: str) -> None:
    job.write("processing/input/data/q.csv", "label,prediction,text\n1,1,a\n2,2,b\n3,3,c\n")
    assert job.run(**{**REGRESSION, **COLUMNS, **variables}) == 255
    assert job.message.startswith(words)
