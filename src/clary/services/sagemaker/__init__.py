"""Amazon SageMaker: jobs, models, endpoints, monitoring. The work itself is done by programs in runs.

The endpoint `sagemaker-runtime` of the same family is in `runtime/`.
"""
