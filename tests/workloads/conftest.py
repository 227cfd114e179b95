"""Jobs of SageMaker, which are what the floor is tested with: through boto3, as their users do."""

from tests.services.sagemaker.conftest import role, sm, stored

__all__ = ["role", "sm", "stored"]
