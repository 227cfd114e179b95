"""The entities that SageMaker makes by itself, from the change feed
(https://docs.aws.amazon.com/sagemaker/latest/dg/lineage-tracking-auto-creation.html)."""
