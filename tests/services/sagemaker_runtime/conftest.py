"""An endpoint in service, as the endpoint tests have it."""

from tests.services.sagemaker.conftest import farm, in_service, role, sm, stored

__all__ = ["farm", "in_service", "role", "sm", "stored"]
