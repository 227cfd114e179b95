"""SageMaker Pipelines: what a pipeline's definition says, pipelines with their versions, and their executions."""
