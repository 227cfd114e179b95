-- The edges of the lineage graph. The ends are named by their ARNs, since a job's trial component may come later than
-- its associations. The types of the ends never change, so they stand with the edge: lists and queries ask for them.
create table if not exists sagemaker_association (
    scope text not null,                 -- account and region
    source text not null,
    destination text not null,
    type text not null default '',       -- ContributedTo, …; '' where the caller gave none
    source_type text not null,
    destination_type text not null,
    created real not null,               -- seconds since the epoch
    primary key (scope, source, destination)
);
create index if not exists sagemaker_association_to on sagemaker_association (scope, destination, source);
create index if not exists sagemaker_association_by_time
on sagemaker_association (scope, created, source, destination);
