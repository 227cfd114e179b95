# ruff: noqa: PT017
"""SageMaker SDK v2: XGBoost with one's own script, one's own inference hooks, serializers, a new model on an endpoint."""

import os
import sys
import time
from pathlib import Path

import boto3
import numpy as np
import sagemaker
from sagemaker.deserializers import CSVDeserializer, JSONDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import (
    CSVSerializer,
    IdentitySerializer,
    JSONSerializer,
    LibSVMSerializer,
    NumpySerializer,
)
from sagemaker.sklearn import SKLearn, SKLearnModel
from sagemaker.xgboost import XGBoost

ROLE = sys.argv[1]
XGB = """
import argparse, os
import numpy as np, xgboost
def model_fn(folder):
    booster = xgboost.Booster()
    booster.load_model(os.path.join(folder, "mine.json"))
    return booster
if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--num_round", type=int)
    given, _ = parser.parse_known_args()
    rows = np.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), delimiter=",")
    booster = xgboost.train({"max_depth": 3}, xgboost.DMatrix(rows[:, 1:], label=rows[:, 0]), given.num_round)
    booster.save_model(os.path.join(os.environ["SM_MODEL_DIR"], "mine.json"))
"""
SK = """
import os, joblib, numpy as np
from sklearn.linear_model import LinearRegression
rows = np.loadtxt(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), delimiter=",")
joblib.dump(LinearRegression().fit(rows[:, 1:], rows[:, 0]), os.path.join(os.environ["SM_MODEL_DIR"], "m.joblib"))
"""
HOOKS = """
import io, json, os, joblib, numpy as np
def model_fn(folder):
    return joblib.load(os.path.join(folder, "m.joblib"))
def input_fn(body, kind):
    if kind == "application/json":
        return np.array(json.loads(body)["rows"])
    if kind == "text/csv":
        return np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2)
    if kind == "application/x-npy":
        return np.load(io.BytesIO(body))
    raise ValueError("no rows in " + kind)
def output_fn(answer, accept):
    return json.dumps({"scores": [round(x, 3) for x in answer]}), "application/json"
"""

session = sagemaker.Session()
sm = session.sagemaker_client
os.makedirs("src")
for name, text in (("xgb.py", XGB), ("sk.py", SK), ("hooks.py", HOOKS)):
    Path(f"src/{name}").write_text(text)
rows = np.array([[x + 2 * y, x, y] for x in range(12) for y in range(12)], dtype=float)
np.savetxt("train.csv", rows, delimiter=",")
data = session.upload_data("train.csv", key_prefix="inference/train")
common = dict(  # noqa: C408
    source_dir="src", role=ROLE, instance_count=1, instance_type="ml.m5.large", sagemaker_session=session
)
X = np.array([[1.0, 2.0], [5.0, 5.0]])


def until(found):
    end = time.time() + 100
    while not (answer := found()):
        assert time.time() < end, found
        time.sleep(0.3)
    return answer


def trained(estimator):
    estimator.fit({"train": data}, wait=False)
    name = estimator.latest_training_job.name
    seen = until(
        lambda: (s := session.describe_training_job(name))["TrainingJobStatus"] != "InProgress" and s
    )
    assert seen["TrainingJobStatus"] == "Completed", seen.get("FailureReason")
    return estimator


def served(predictor):
    name = predictor.endpoint_name
    status = until(lambda: (s := sm.describe_endpoint(EndpointName=name)["EndpointStatus"]) not in BUSY and s)
    assert status == "InService", sm.describe_endpoint(EndpointName=name).get("FailureReason")
    return predictor


BUSY = ("Creating", "Updating")


def xgboost_with_a_script():
    made = trained(XGBoost("xgb.py", framework_version="1.7-1", hyperparameters={"num_round": 40}, **common))
    it = served(
        made.deploy(1, "ml.m5.large", serializer=CSVSerializer(), deserializer=CSVDeserializer(), wait=False)
    )
    scores = np.array(it.predict(X), dtype=float).ravel()
    assert np.allclose(scores, [5, 15], atol=1), scores
    it.serializer = LibSVMSerializer()
    again = np.array(it.predict("0:1 1:2\n0:5 1:5"), dtype=float).ravel()
    assert np.allclose(again, scores, atol=1e-4), again
    it.delete_model()
    it.delete_endpoint()


def hooks_of_ones_own():
    made = trained(SKLearn("sk.py", framework_version="1.2-1", **common))
    model = made.create_model(entry_point="hooks.py", source_dir="src", role=ROLE)
    endpoint = served(model.deploy(1, "ml.m5.large", wait=False)).endpoint_name
    for serializer, given in (
        (JSONSerializer(), {"rows": X.tolist()}),
        (CSVSerializer(), X),
        (NumpySerializer(), X),
    ):
        it = Predictor(endpoint, session, serializer, JSONDeserializer())
        assert it.predict(given) == {"scores": [5.0, 15.0]}, serializer
    runtime = boto3.client("sagemaker-runtime")
    try:
        Predictor(endpoint, session, IdentitySerializer("image/png")).predict(b"x")
    except runtime.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ModelError"
        assert "no rows in image/png" in error.response["OriginalMessage"]
    else:
        raise AssertionError("an exception in input_fn must be a ModelError")
    moved(made, endpoint)


def moved(made, endpoint):
    """The same endpoint with another model on two instances of another type."""
    model = SKLearnModel(
        made.model_data, ROLE, "hooks.py", "1.2-1", source_dir="src", sagemaker_session=session
    )
    model.create(instance_type="ml.m5.large")
    it = Predictor(endpoint, session, JSONSerializer(), JSONDeserializer())
    it.update_endpoint(2, "ml.c5.xlarge", model_name=model.name, wait=False)
    served(it)
    (variant,) = sm.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 2
    assert it.predict({"rows": X.tolist()}) == {"scores": [5.0, 15.0]}
    it.delete_model()
    it.delete_endpoint()


xgboost_with_a_script()
hooks_of_ones_own()
print("PASS")
