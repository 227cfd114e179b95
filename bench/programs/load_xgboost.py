"""The limit of bringing a model up: import xgboost, load it, predict one row. `load_xgboost.py MODEL ROW`."""

from __future__ import annotations

import sys

import numpy as np
import xgboost as xgb

booster = xgb.Booster(model_file=sys.argv[1])
row = np.array([[float(value) for value in sys.argv[2].split(",")]], dtype=np.float32)
print(booster.inplace_predict(row)[0])
