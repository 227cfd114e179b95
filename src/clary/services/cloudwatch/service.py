"""The CloudWatch service. The modules beside this one register its operations."""

from clary.plane import Service
from clary.services.cloudwatch.accepts import ACCEPTS

# Policies use the prefix `cloudwatch`, although requests are signed for `monitoring`
# (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services).
cloudwatch = Service(
    "cloudwatch",
    schema="clary.services.cloudwatch",
    actions="cloudwatch",
    principal="cloudwatch.amazonaws.com",
    accepts=ACCEPTS,
)
