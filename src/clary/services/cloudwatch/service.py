"""The service itself; the modules beside it register what answers its operations."""

from clary.plane import Service

# Policies of topics and functions name CloudWatch so, though its requests are signed for `monitoring`
# (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/US_SetupSNS.html).
cloudwatch = Service(
    "cloudwatch",
    schema="clary.services.cloudwatch",
    actions="cloudwatch",
    principal="cloudwatch.amazonaws.com",
)
