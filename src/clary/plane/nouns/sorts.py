"""How Lists are sorted that were not told: what AWS's reference says of each. Data.

Source: the descriptions of SortBy and SortOrder in the API reference of Amazon SageMaker; a List that is not here goes by
time of creation from the newest to the oldest, as most of them say.
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
