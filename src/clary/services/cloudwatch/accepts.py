"""The members that each writing operation acts on. The service rejects every other member by name."""

from __future__ import annotations

from clary.plane import Members

_DESCRIPTION = "a description"
_ENTITY = "metrics of entities are rejected"

ACCEPTS: dict[str, Members] = {
    "DeleteAlarms": Members("AlarmNames"),
    "DisableAlarmActions": Members("AlarmNames"),
    "EnableAlarmActions": Members("AlarmNames"),
    "PutMetricAlarm": Members(
        "AlarmName ActionsEnabled MetricName Namespace Statistic ExtendedStatistic Dimensions Period Unit EvaluationPeriods "
        "DatapointsToAlarm Threshold ComparisonOperator TreatMissingData "
        "EvaluateLowSampleCountPercentile Metrics Tags",
        {"AlarmDescription": _DESCRIPTION},
        refused="OKActions AlarmActions InsufficientDataActions ThresholdMetricId EvaluationWindow WarmUpConfiguration EvaluationCriteria "
        "EvaluationInterval ActionConfiguration",
    ),
    "PutMetricData": Members(
        "Namespace MetricData",
        {"StrictEntityValidation": _ENTITY},
        refused="EntityMetricData",
    ),
    "SetAlarmState": Members("AlarmName StateValue StateReason StateReasonData"),
}
