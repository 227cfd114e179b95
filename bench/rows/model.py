"""The model of rows 1 and 2: 200 trees over the 30 features of scikit-learn's breast-cancer data, trained at each run."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


@dataclass(frozen=True, slots=True)
class Model:
    """`path` is XGBoost's own file, `archive` the same as SageMaker wants it; one row as CSV and as JSON."""

    path: Path
    archive: bytes
    csv: bytes
    json: bytes


def train(folder: Path) -> Model:
    """Train it into `folder`."""
    import xgboost as xgb
    from sklearn.datasets import load_breast_cancer

    rows, labels = load_breast_cancer(return_X_y=True)
    parameters = {"objective": "binary:logistic", "max_depth": 6, "eta": 0.1, "nthread": 2}
    booster = xgb.train(parameters, xgb.DMatrix(rows, labels), num_boost_round=200)
    path = folder / "model.json"
    booster.save_model(path)
    row = [float(value) for value in rows[0]]
    return Model(
        path=path,
        archive=_archive(path.read_bytes()),
        csv=",".join(map(repr, row)).encode(),
        json=json.dumps({"inputs": [row]}).encode(),
    )


def _archive(content: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("xgboost-model")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def register(clary: Any, model: Model, role: str) -> None:
    """The bucket, the object, the model and its endpoint configuration `bench`."""
    s3, sagemaker = clary.client("s3"), clary.client("sagemaker")
    s3.create_bucket(Bucket="bench")
    s3.put_object(Bucket="bench", Key="model.tar.gz", Body=model.archive)
    container = {"Image": IMAGE, "ModelDataUrl": "s3://bench/model.tar.gz"}
    sagemaker.create_model(ModelName="bench", ExecutionRoleArn=role, PrimaryContainer=container)
    variant = {
        "VariantName": "A",
        "ModelName": "bench",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="bench", ProductionVariants=[variant])


def bring_up(clary: Any, name: str, model: Model) -> dict[str, float]:
    """Create an endpoint; seconds until InService and until its first answer."""
    import time

    sagemaker, runtime = clary.client("sagemaker"), clary.client("sagemaker-runtime")
    began = time.perf_counter()
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="bench")
    while True:
        said = sagemaker.describe_endpoint(EndpointName=name)
        if said["EndpointStatus"] == "InService":
            break
        if said["EndpointStatus"] == "Failed" or time.perf_counter() - began > 120:
            raise RuntimeError(f"the endpoint did not come up: {said}")
        time.sleep(0.003)
    in_service = time.perf_counter() - began
    answer = runtime.invoke_endpoint(EndpointName=name, ContentType="text/csv", Body=model.csv)
    float(answer["Body"].read())
    return {"in service": in_service, "answer": time.perf_counter() - began}
