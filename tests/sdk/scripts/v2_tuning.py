"""SageMaker SDK v2: a HyperparameterTuner over a script of one's own; analytics, best estimator, attach, stop, warm start.

A tuning job is awaited by describing it, not by `wait()`, whose own pauses are 5 seconds.
"""

import sys
import time
import uuid
from pathlib import Path

import sagemaker
from sagemaker.sklearn import SKLearn
from sagemaker.tuner import CategoricalParameter, ContinuousParameter, HyperparameterTuner

ROLE = sys.argv[1]
TRAIN = """
import argparse, json, os, time
parser = argparse.ArgumentParser()
parser.add_argument("--rate", type=float)
parser.add_argument("--kind")
parser.add_argument("--nap", type=float, default=0)
given = parser.parse_args()
time.sleep(given.nap)
json.dump(vars(given), open(os.path.join(os.environ["SM_MODEL_DIR"], "model.json"), "w"))
print(f"loss={(given.rate - 0.3) ** 2 + (given.kind != 'b')};")
"""

session = sagemaker.Session()
Path("src").mkdir()
Path("src/train.py").write_text(TRAIN)


def tuner(**more):
    estimator = SKLearn(
        entry_point="train.py",
        source_dir="src",
        framework_version="1.2-1",
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=session,
        hyperparameters=more.pop("hyperparameters", {}),
        environment={"MINE": "yes"},
    )
    chosen = {
        "objective_metric_name": "loss",
        "hyperparameter_ranges": {
            "rate": ContinuousParameter(-1, 1),
            "kind": CategoricalParameter(["a", "b"]),
        },
        "metric_definitions": [{"Name": "loss", "Regex": "loss=([-0-9.e]+);"}],
        "objective_type": "Minimize",
        "max_jobs": 6,
        "max_parallel_jobs": 3,
        "base_tuning_job_name": uuid.uuid4().hex[:12],
        "tags": [{"Key": "team", "Value": "tuning"}],
    }
    return HyperparameterTuner(estimator, **{**chosen, **more})


def ended(made):
    while made.describe()["HyperParameterTuningJobStatus"] in ("InProgress", "Stopping"):
        time.sleep(0.2)
    return made.describe()


parent = tuner(random_seed=3)
parent.fit(wait=False, include_cls_metadata=True)
found = ended(parent)
assert found["HyperParameterTuningJobStatus"] == "Completed", found
assert found["TrainingJobStatusCounters"]["Completed"] == 6, found

frame = parent.analytics().dataframe()
assert len(frame) == 6
assert (
    frame.FinalObjectiveValue.min()
    == found["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
)
assert set(frame.kind.str.strip('"')) <= {"a", "b"}
assert frame.rate.between(-1, 1).all()
assert (frame.TrainingElapsedTimeSeconds >= 0).all()

best = session.describe_training_job(parent.best_training_job())
assert best["HyperParameters"]["sagemaker_estimator_class_name"] == '"SKLearn"', best["HyperParameters"]
assert best["HyperParameters"]["_tuning_objective_metric"] == '"loss"'
assert best["TuningJobArn"] == found["HyperParameterTuningJobArn"]
assert best["Environment"] == {"MINE": "yes"}
assert parent.best_estimator().hyperparameters()["kind"].strip('"') in ("a", "b")

again = HyperparameterTuner.attach(parent.latest_tuning_job.name, sagemaker_session=session)
assert again.best_training_job() == parent.best_training_job()

child = parent.identical_dataset_and_algorithm_tuner()
child.base_tuning_job_name = uuid.uuid4().hex[:12]
child.max_jobs = 2
child.metric_definitions = parent.metric_definitions  # the helper leaves them out
child.fit(wait=False)
overall = ended(child)["OverallBestTrainingJob"]
assert overall["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] <= frame.FinalObjectiveValue.min()

slow = tuner(hyperparameters={"nap": 600})
slow.fit(wait=False)
while not slow.describe()["TrainingJobStatusCounters"]["InProgress"]:
    time.sleep(0.1)
slow.stop_tuning_job()
assert ended(slow)["HyperParameterTuningJobStatus"] == "Stopped"
assert slow.describe()["TrainingJobStatusCounters"]["Stopped"] == 3
print("PASS")
