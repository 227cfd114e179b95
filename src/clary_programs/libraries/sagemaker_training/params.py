"""Names of hyperparameters and environment variables."""

from clary_programs.libraries._shared.params import *  # noqa: F403

MULTI_WORKER_MIRRORED_STRATEGY_ENABLED = "sagemaker_multi_worker_mirrored_strategy_enabled"
TORCH_DISTRIBUTED_ENABLED = "sagemaker_torch_distributed_enabled"
