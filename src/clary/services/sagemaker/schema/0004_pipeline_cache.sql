-- Which step of a pipeline has succeeded last with these attributes (pipelines/executions/cache.py).
create table if not exists sagemaker_pipeline_cache (
    scope text not null,                 -- account and region
    pipeline text not null,
    name text not null,                  -- of the step
    key text not null,                   -- a digest of its attributes
    step text not null,                  -- the id of its record
    primary key (scope, pipeline, name, key)
);
