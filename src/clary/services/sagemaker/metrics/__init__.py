"""The endpoint sagemaker-metrics: time series of trial components."""
