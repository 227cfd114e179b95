"""Batch transform: objects in, a model's answers out, as SageMaker's transform jobs do it."""
