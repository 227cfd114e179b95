"""Metric math: expressions over time series.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html.
"""

from clary.services.cloudwatch.math.evaluate import Scope, compiled, evaluate, names
from clary.services.cloudwatch.math.values import MathError, Series

__all__ = ["MathError", "Scope", "Series", "compiled", "evaluate", "names"]
