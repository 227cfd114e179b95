"""A model behind FastAPI, as one writes it by hand: a pydantic body, XGBClassifier, one number back."""

from __future__ import annotations

import os

import numpy as np
import xgboost as xgb
from fastapi import FastAPI
from pydantic import BaseModel

booster = xgb.Booster(model_file=os.environ["BENCH_MODEL"])
booster.set_param({"nthread": 1})
app = FastAPI()


class Rows(BaseModel):
    inputs: list[list[float]]


@app.post("/predict")
def predict(rows: Rows) -> dict[str, list[float]]:
    return {"predictions": booster.inplace_predict(np.array(rows.inputs, dtype=np.float32)).tolist()}
