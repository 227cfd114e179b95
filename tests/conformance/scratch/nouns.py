"""Services that are made of models alone: what nouns can be, tried on APIs that Clary does not have.

Fourteen nouns of five services: five kinds of keys (the dialect's, a part of a name, an id that is made, an ARN, a name
that is an ARN as well) in the dialects of SageMaker, Glue, Lambda, ECR and DataBrew. They live in tests only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clary.plane import Document, Key, Members, Noun, Service, States, by_arn, generated
from clary.plane.nouns.dialects import CAMEL, DATABREW, GLUE, LAMBDA, SAGEMAKER, Dialect
from clary.plane.nouns.noun import Hooks
from clary.plane.nouns.tags import Tagging

Params = dict[str, Any]
_ROLE = "arn:aws:iam::111122223333:role/Jobs"


@dataclass(frozen=True)
class Case:
    """A noun, what its Create and Update calls are given, and how a record of it is named afterwards. `{n}` in a text is
    the number of the record."""

    service: str
    noun: Noun
    create: Params
    update: Params = field(default_factory=dict)
    parent: Params = field(default_factory=dict)  # what every List asks for

    @property
    def id(self) -> str:
        return f"{self.service}-{self.noun.name}"

    def input(self, n: int) -> Params:
        """The Create call of the record with this number."""
        return {name: _numbered(value, n) for name, value in self.create.items()}


def _numbered(value: Any, n: int) -> Any:
    if isinstance(value, Mapping):
        return {name: _numbered(inner, n) for name, inner in value.items()}
    return value.replace("{n}", str(n)) if isinstance(value, str) else value


def _accepts(create: str, update: str = "") -> dict[str, Members]:
    return {"create": Members(create)} | ({"update": Members(update)} if update else {})


CASES = [
    Case(
        "sagemaker",
        Noun(
            "CodeRepository",
            arn="code-repository/{CodeRepositoryName}",
            accepts=_accepts("CodeRepositoryName GitConfig Tags", "CodeRepositoryName GitConfig"),
        ),
        {"CodeRepositoryName": "repo-{n}", "GitConfig": {"RepositoryUrl": "https://git/{n}"}},
        {"GitConfig": {"SecretArn": "arn:aws:secretsmanager:us-east-1:111122223333:secret:s"}},
    ),
    Case(
        "sagemaker",
        Noun(
            "NotebookInstance",
            arn="notebook-instance/{NotebookInstanceName}",
            states=States(
                "NotebookInstanceStatus",
                start="InService",
                stop="Stopped",
                again="InService",
                final=("Failed",),
                busy=("InService",),
            ),
            lists={
                "NotebookInstanceLifecycleConfigName": "doc.spec.LifecycleConfigName",
                "AdditionalCodeRepository": "doc.spec.AdditionalCodeRepositories.0",
            },
            accepts=_accepts(
                "NotebookInstanceName InstanceType RoleArn DefaultCodeRepository LifecycleConfigName Tags",
                "NotebookInstanceName InstanceType",
            ),
        ),
        {
            "NotebookInstanceName": "book-{n}",
            "InstanceType": "ml.t3.medium",
            "RoleArn": _ROLE,
            "DefaultCodeRepository": "code-{n}",
            "LifecycleConfigName": "life-{n}",
        },
        {"InstanceType": "ml.m5.xlarge"},
    ),
    Case(
        "sagemaker",
        Noun(
            "Domain",
            arn="domain/{DomainId}",
            key=generated("d-{hex12}"),
            accepts=_accepts("DomainName AuthMode DefaultUserSettings Tags", "DomainId DefaultUserSettings"),
        ),
        {"DomainName": "domain-{n}", "AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": _ROLE}},
        {"DefaultUserSettings": {"ExecutionRole": _ROLE, "SecurityGroups": ["sg-1"]}},
    ),
    Case(
        "sagemaker",
        Noun(
            "UserProfile",
            arn="user-profile/{DomainId}/{UserProfileName}",
            key=Key("DomainId", "UserProfileName"),
            accepts=_accepts(
                "DomainId UserProfileName UserSettings Tags", "DomainId UserProfileName UserSettings"
            ),
        ),
        {"DomainId": "d-1", "UserProfileName": "user-{n}"},
        {"UserSettings": {"ExecutionRole": _ROLE}},
    ),
    Case(
        "sagemaker",
        Noun(
            "Artifact",
            arn="artifact/{id}",
            key=by_arn("ArtifactArn"),
            accepts=_accepts("ArtifactName Source ArtifactType Tags", "ArtifactArn ArtifactName"),
        ),
        {"ArtifactName": "art-{n}", "ArtifactType": "type-{n}", "Source": {"SourceUri": "s3://b/{n}"}},
        {"ArtifactName": "new"},
    ),
    Case(
        "sagemaker",
        Noun(
            "Pipeline",
            arn="pipeline/{PipelineName}",
            key=Key("PipelineName", or_arn=True),
            lists={"ManagedBy": "doc.status.ManagedBy"},
            accepts=_accepts(
                "PipelineName PipelineDefinition ClientRequestToken RoleArn Tags",
                "PipelineName PipelineDefinition",
            ),
            hooks=Hooks(stamp=lambda ctx, params: Document(status={"ManagedBy": "CUSTOMER"})),
        ),
        {
            "PipelineName": "pipe-{n}",
            "PipelineDefinition": "definition {n}",
            "ClientRequestToken": "t" * 32 + "{n}",
            "RoleArn": _ROLE,
        },
        {"PipelineDefinition": "another"},
    ),
    Case(
        "sagemaker",
        Noun(
            "DeviceFleet",
            arn="device-fleet/{DeviceFleetName}",
            accepts=_accepts(
                "DeviceFleetName OutputConfig Description Tags", "DeviceFleetName OutputConfig Description"
            ),
        ),
        {"DeviceFleetName": "fleet-{n}", "OutputConfig": {"S3OutputLocation": "s3://b/{n}"}},
        {"OutputConfig": {"S3OutputLocation": "s3://b/new"}, "Description": "new"},
    ),
    Case(
        "glue",
        Noun(
            "Job",
            arn="job/{Name}",
            accepts=_accepts("Name Role Command Description Tags", "JobName JobUpdate"),
        ),
        {"Name": "job-{n}", "Role": _ROLE, "Command": {"Name": "glueetl"}, "Description": "job {n}"},
        {"JobUpdate": {"Role": _ROLE, "Command": {"Name": "pythonshell"}}},
    ),
    Case(
        "glue",
        Noun(
            "Workflow",
            arn="workflow/{Name}",
            accepts=_accepts("Name Description MaxConcurrentRuns Tags", "Name Description MaxConcurrentRuns"),
        ),
        {"Name": "flow-{n}", "Description": "flow {n}"},
        {"Description": "new", "MaxConcurrentRuns": 2},
    ),
    Case(
        "lambda",
        Noun(
            "Alias",
            arn="function:{FunctionName}:{Name}",
            key=Key("FunctionName", "Name"),
            accepts=_accepts(
                "FunctionName Name FunctionVersion Description",
                "FunctionName Name FunctionVersion Description",
            ),
        ),
        {"FunctionName": "fn", "Name": "alias-{n}", "FunctionVersion": "1"},
        {"FunctionVersion": "2"},
        {"FunctionName": "fn"},
    ),
    Case(
        "lambda",
        Noun(
            "EventSourceMapping",
            arn="event-source-mapping:{UUID}",
            key=generated("{uuid}", "UUID"),
            accepts=_accepts("FunctionName EventSourceArn BatchSize Tags", "UUID BatchSize"),
        ),
        {"FunctionName": "fn-{n}", "EventSourceArn": "arn:aws:sqs:us-east-1:111122223333:q{n}"},
        {"BatchSize": 7},
    ),
    Case(
        "lambda",
        Noun(
            "CodeSigningConfig",
            arn="code-signing-config:csc-{id}",
            key=by_arn("CodeSigningConfigArn", "{hex17}"),
            dialect=Dialect(modified=(), page=50, errors=LAMBDA.errors),
            accepts=_accepts(
                "Description AllowedPublishers Tags", "CodeSigningConfigArn Description AllowedPublishers"
            ),
        ),
        {
            "Description": "signing {n}",
            "AllowedPublishers": {
                "SigningProfileVersionArns": ["arn:aws:signer:us-east-1:111122223333:/signing-profiles/p"]
            },
        },
        {"Description": "new"},
    ),
    Case(
        "ecr",
        Noun(
            "Repository",
            arn="repository/{repositoryName}",
            accepts=_accepts("repositoryName imageTagMutability tags"),
        ),
        {"repositoryName": "repo-{n}", "imageTagMutability": "IMMUTABLE"},
    ),
    Case(
        "databrew",
        Noun(
            "Dataset",
            arn="dataset/{Name}",
            accepts=_accepts("Name Input Format Tags", "Name Input Format"),
        ),
        {"Name": "set-{n}", "Input": {"S3InputDefinition": {"Bucket": "bucket", "Key": "k{n}"}}},
        {"Input": {"S3InputDefinition": {"Bucket": "bucket", "Key": "new"}}, "Format": "CSV"},
    ),
    Case(
        "databrew",
        Noun(
            "Ruleset",
            arn="ruleset/{Name}",
            accepts=_accepts("Name Description TargetArn Rules Tags", "Name Description Rules"),
        ),
        {
            "Name": "rules-{n}",
            "TargetArn": "arn:aws:databrew:us-east-1:111122223333:dataset/d{n}",
            "Rules": [{"Name": "r", "CheckExpression": ":col1 > :val1"}],
        },
        {"Rules": [{"Name": "r", "CheckExpression": ":col1 > :val2"}], "Description": "new"},
    ),
]

_DIALECTS = {"sagemaker": SAGEMAKER, "glue": GLUE, "lambda": LAMBDA, "ecr": CAMEL, "databrew": DATABREW}


def services() -> dict[str, Service]:
    """The services of these nouns."""
    made = {name: Service(name, dialect=dialect) for name, dialect in _DIALECTS.items()}
    for case in CASES:
        made[case.service].noun(case.noun)
    for service in made.values():
        service.tagged(Tagging(service.dialect.tags))
    return made
