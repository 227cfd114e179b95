"""Metric alarms: the noun, its operations, and the controller that evaluates it."""
