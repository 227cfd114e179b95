"""What the change feed tells of SageMaker's resources beside their status: what AWS's events say has changed, and what
clients wait for.

Every status is told in any case, so that models, endpoint configurations and groups of packages, which have none, are told
when they are created and deleted. The events are those of
https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
"""

from __future__ import annotations

from clary.services.sagemaker.service import sagemaker

# A job may go through several secondary statuses between two looks at it: the transitions have all of them.
sagemaker.observe("TrainingJob", "SecondaryStatus", "SecondaryStatusTransitions", "FailureReason")
# ExitMessage says whether an execution of a monitoring schedule, which is such a job, found violations.
sagemaker.observe("ProcessingJob", "FailureReason", "ExitMessage")
sagemaker.observe("TransformJob", "FailureReason")
sagemaker.observe("HyperParameterTuningJob", "FailureReason")
sagemaker.observe("Endpoint", "FailureReason")
sagemaker.observe("MonitoringSchedule", "FailureReason")
sagemaker.observe("ModelPackage", "ModelApprovalStatus", "ModelLifeCycle")
# "SageMaker Model Card State Change"; a new version has the status of the one before.
sagemaker.observe("ModelCard", "ModelCardStatus", "ModelCardVersion")
sagemaker.observe("ModelCardExportJob", "FailureReason")
# "SageMaker Model Building Pipeline Execution (Step) Status Change"
sagemaker.observe("PipelineExecution", "FailureReason")
sagemaker.observe(
    "PipelineExecutionStep", "StepType", "EndTime", "FailureReason", "Metadata", "CacheHitResult"
)
