"""The default sort orders of Lists, according to AWS's reference. Data.

Source: the descriptions of SortBy and SortOrder in the API reference of Amazon SageMaker. A List that is not
here sorts by creation time, the newest first, as most do.
"""

from __future__ import annotations

# "The default is Ascending."
ASCENDING = frozenset(
    [
        "ListAlgorithms",
        "ListApps",
        "ListCandidatesForAutoMLJob",
        "ListClusterNodes",
        "ListClusters",
        "ListCodeRepositories",
        "ListCompilationJobs",
        "ListHyperParameterTuningJobs",
        "ListLabelingJobs",
        "ListLabelingJobsForWorkteam",
        "ListLineageGroups",
        "ListModelPackageGroups",
        "ListModelPackages",
        "ListOptimizationJobs",
        "ListProcessingJobs",
        "ListProjects",
        "ListSpaces",
        "ListTrainingJobs",
        "ListTrainingJobsForHyperParameterTuningJob",
        "ListUserProfiles",
        "ListWorkteams",
    ]
)
# "The default is Name."
BY_NAME = frozenset(
    [
        "ListAutoMLJobs",
        "ListCodeRepositories",
        "ListHyperParameterTuningJobs",
        "ListNotebookInstances",
        "ListTrainingJobsForHyperParameterTuningJob",
    ]
)
DOWNWARD = frozenset(("descending", "desc"))
