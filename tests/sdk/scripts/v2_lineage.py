"""SageMaker SDK v2's lineage: what a training job, a model package and an endpoint left by themselves, the table that
the SDK shows of it, its queries, and entities made by hand as the SDK's own integration tests make them.

Arguments: the role of the jobs, and whether there is PyTorch (not needed here)."""

import sys
import time
import uuid

import boto3
import sagemaker
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.lineage.action import Action
from sagemaker.lineage.artifact import Artifact, ModelArtifact
from sagemaker.lineage.association import Association
from sagemaker.lineage.context import Context, EndpointContext
from sagemaker.lineage.query import (
    LineageEntityEnum,
    LineageFilter,
    LineageQuery,
    LineageQueryDirectionEnum,
    LineageSourceEnum,
)
from sagemaker.lineage.visualizer import LineageTableVisualizer

ROLE = sys.argv[1]
name = f"lineage-{uuid.uuid4().hex[:8]}"
session = sagemaker.Session(default_bucket=name)
sm, s3 = boto3.client("sagemaker"), boto3.client("s3")


def until(condition, seconds=90):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, condition
        time.sleep(0.1)
    return found


def columns(table, *names):
    """The rows of a table of the SDK's, by these columns."""
    return set(zip(*(table[name] for name in names), strict=True))


def uri_of(artifact):
    return artifact.source.source_uri


# train, register, deploy -------------------------------------------------------------------------------------------
rows = "".join(f"{2 * (n % 7) + n % 5},{n % 7},{n % 5}\n" for n in range(60))
s3.create_bucket(Bucket=name)
s3.put_object(Bucket=name, Key="train/data.csv", Body=rows.encode())
data = f"s3://{name}/train"
image = sagemaker.image_uris.retrieve("xgboost", session.boto_region_name, "1.7-1")
estimator = Estimator(
    image,
    role=ROLE,
    instance_count=1,
    instance_type="ml.m5.large",
    hyperparameters={"num_round": 2, "objective": "reg:squarederror"},
    sagemaker_session=session,
)
estimator.fit({"train": TrainingInput(data, content_type="text/csv")}, job_name=name, wait=False)
until(lambda: sm.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "Completed")
model_data = sm.describe_training_job(TrainingJobName=name)["ModelArtifacts"]["S3ModelArtifacts"]
package = sm.create_model_package(
    ModelPackageGroupName=sm.create_model_package_group(ModelPackageGroupName=name) and name,
    InferenceSpecification={
        "Containers": [{"Image": image, "ModelDataUrl": model_data}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    },
    ModelApprovalStatus="Approved",
)["ModelPackageArn"]
sm.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer={"ModelPackageName": package})
variant = {
    "VariantName": "A",
    "ModelName": name,
    "InstanceType": "ml.m5.large",
    "InitialInstanceCount": 1,
}
sm.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
endpoint_arn = sm.create_endpoint(EndpointName=name, EndpointConfigName=name)["EndpointArn"]
until(lambda: sm.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService")

# the table of an artifact, a package and an endpoint ---------------------------------------------------------------
until(lambda: list(Artifact.list(source_uri=model_data, sagemaker_session=session)))
summary = until(lambda: list(Context.list(source_uri=endpoint_arn, sagemaker_session=session)))[0]
visualizer = LineageTableVisualizer(session)
until(lambda: list(Artifact.list(source_uri=package, sagemaker_session=session)))
table = visualizer.show(model_package_arn=package)
assert columns(table, "Direction", "Type", "Association Type", "Lineage Type") == {
    ("Input", "Model", "ContributedTo", "artifact"),
    ("Input", "Image", "ContributedTo", "artifact"),
    ("Input", "Approval", "ContributedTo", "action"),
    ("Output", "ModelDeployment", "ContributedTo", "action"),
    ("Output", "ModelGroup", "AssociatedWith", "context"),
}, table
table = visualizer.show(endpoint_arn=endpoint_arn)
assert list(table["Type"]) == ["ModelDeployment"], table
component = f"{endpoint_arn.rpartition(':')[0]}:experiment-trial-component/{name}-aws-training-job"
table = visualizer.show(artifact_arn=component)
assert columns(table, "Direction", "Type", "Association Type") == {
    ("Input", "DataSet", "ContributedTo"),
    ("Input", "Image", "ContributedTo"),
    ("Output", "Model", "Produced"),
}, table

# queries, from the endpoint back to the data and the other way -----------------------------------------------------
context = EndpointContext.load(summary.context_name, sagemaker_session=session)
assert [uri_of(one) for one in context.dataset_artifacts()] == [data]
query = LineageQuery(session)
jobs = query.query(
    [context.context_arn],
    LineageQueryDirectionEnum.ASCENDANTS,
    include_edges=False,
    query_filter=LineageFilter(
        entities=[LineageEntityEnum.TRIAL_COMPONENT], sources=[LineageSourceEnum.TRAINING_JOB]
    ),
)
assert [vertex.arn for vertex in jobs.vertices] == [component]
models = query.query(
    [context.context_arn],
    LineageQueryDirectionEnum.ASCENDANTS,
    query_filter=LineageFilter(entities=[LineageEntityEnum.ARTIFACT], sources=[LineageSourceEnum.MODEL]),
    include_edges=False,
)
assert {uri_of(vertex.to_lineage_object()) for vertex in models.vertices} == {model_data, package}
whole = query.query([context.context_arn], LineageQueryDirectionEnum.ASCENDANTS)
ends = {end for edge in whole.edges for end in (edge.source_arn, edge.destination_arn)}
assert ends == {vertex.arn for vertex in whole.vertices}
assert context.context_arn in ends
artifact = ModelArtifact.load(
    next(iter(Artifact.list(source_uri=package, sagemaker_session=session))).artifact_arn,
    sagemaker_session=session,
)
assert [one.context_name for one in artifact.endpoint_contexts()] == [context.context_name]
assert [uri_of(one) for one in artifact.dataset_artifacts()] == [data]

# by hand, as tests/integ/sagemaker/lineage/conftest.py of the SDK does for EndpointContext.models() -----------------
mine = EndpointContext.create(
    context_name=f"{name}-context",
    source_uri=name,
    source_type="t",
    context_type="Endpoint",
    sagemaker_session=session,
)
deployment = Action.create(
    action_name=f"{name}-action",
    action_type="ModelDeployment",
    source_uri="bazz",
    status="InProgress",
    properties={"k1": "v1"},
    sagemaker_session=session,
)
model = Artifact.create(artifact_type="Model", source_uri=f"bar-{name}", sagemaker_session=session)
pairs = [(mine.context_arn, deployment.action_arn), (deployment.action_arn, model.artifact_arn)]
for source, destination in pairs:
    Association.create(source_arn=source, destination_arn=destination, sagemaker_session=session)
assert [one.destination_arn for one in mine.models()] == [model.artifact_arn]
assert [one.artifact_arn for one in mine.models_v2()] == [model.artifact_arn]
deployment.properties = {"k3": "v3"}
deployment.properties_to_remove = ["k1"]
deployment.save()
assert Action.load(f"{name}-action", sagemaker_session=session).properties == {"k3": "v3"}
for entity in (deployment, mine, model):
    entity.delete(disassociate=True)
assert not list(Artifact.list(source_uri=f"bar-{name}", sagemaker_session=session))
sm.delete_endpoint(EndpointName=name)
print("PASS")
