"""Search over SageMaker's resources."""
