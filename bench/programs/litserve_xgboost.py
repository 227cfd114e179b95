"""The same model behind LitServe, one worker: `litserve_xgboost.py PORT`."""

from __future__ import annotations

import os
import sys
from typing import Any

import litserve
import numpy as np
import xgboost as xgb


class Api(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.booster = xgb.Booster(model_file=os.environ["BENCH_MODEL"])
        self.booster.set_param({"nthread": 1})

    # Without an annotation: LitServe reads it, and takes `Any` for a parameter of the query string.
    def decode_request(self, request):  # type: ignore[no-untyped-def]
        return np.array(request["inputs"], dtype=np.float32)

    def predict(self, rows: Any, **_: Any) -> Any:
        return self.booster.inplace_predict(rows)

    def encode_response(self, output: Any, **_: Any) -> Any:
        return {"predictions": np.asarray(output).reshape(-1).tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Api(), accelerator="cpu", workers_per_device=1)
    server.run(
        port=int(sys.argv[1]),
        host="127.0.0.1",
        log_level="error",
        generate_client_file=False,
        access_log=False,
    )
