"""Batch transform jobs: a model over every object below a prefix."""
