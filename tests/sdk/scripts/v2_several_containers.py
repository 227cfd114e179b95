# ruff: noqa: PT017
"""SageMaker SDK v2: an inference pipeline of two scripts in AWS's image, for which the SDK makes archives of its own."""

import io
import sys
import tarfile
import time
from pathlib import Path

import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.pipeline import PipelineModel
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer
from sagemaker.sklearn import SKLearnModel

ROLE = sys.argv[1]
FIRST = """
def model_fn(folder):
    return None
def input_fn(body, kind):
    assert kind == "text/csv", kind
    return [float(x) for x in body.split(",")]
def predict_fn(row, model):
    return [x + 1 for x in row]
def output_fn(row, accept):
    return ",".join(map(str, row)), "text/csv"
"""
SECOND = """
import json
def model_fn(folder):
    return None
def input_fn(body, kind):
    assert kind == "text/csv", kind
    return [float(x) for x in body.split(",")]
def predict_fn(row, model):
    return sum(row)
def output_fn(score, accept):
    return json.dumps({"score": score}), accept
"""

session = sagemaker.Session()
sm = session.sagemaker_client
with tarfile.open("empty.tar.gz", "w:gz") as archive:
    archive.addfile(tarfile.TarInfo("nothing"), io.BytesIO())
data = session.upload_data("empty.tar.gz", key_prefix="several")
models = []
for name, text in (("first", FIRST), ("second", SECOND)):
    Path(name).mkdir()
    Path(f"{name}/script.py").write_text(text)
    models.append(
        SKLearnModel(
            model_data=data,
            role=ROLE,
            entry_point="script.py",
            source_dir=name,
            framework_version="1.2-1",
            sagemaker_session=session,
        )
    )

line = PipelineModel(models, ROLE, name="v2-several", sagemaker_session=session)
line.deploy(1, "ml.m5.large", endpoint_name="v2-several", wait=False)
while (status := sm.describe_endpoint(EndpointName="v2-several")["EndpointStatus"]) == "Creating":
    time.sleep(0.1)
assert status == "InService", sm.describe_endpoint(EndpointName="v2-several")["FailureReason"]
assert len(sm.describe_model(ModelName="v2-several")["Containers"]) == 2

predictor = Predictor("v2-several", session, CSVSerializer(), JSONDeserializer())
assert predictor.predict([1, 2, 3]) == {"score": 9.0}
try:
    predictor.predict("a,b")
    raise SystemExit("a container that fails must be told")
except session.sagemaker_runtime_client.exceptions.ModelError as error:
    assert "from container-1" in str(error), error
predictor.delete_endpoint()
line.delete_model()
print("PASS")
