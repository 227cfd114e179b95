"""SageMaker's XGBoost algorithm: `train` runs in a training job, `serve` gives the model server its handler.

libxgboost is called through its public C API: importing the `xgboost` package (which drags in pandas, SciPy and
scikit-learn where they are installed) takes most of a second, loading the library takes a twentieth of that.
"""
