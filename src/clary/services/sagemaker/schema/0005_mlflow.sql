-- Who may open the pages of an MLflow server: a token of a presigned URL, which is good for one visit, or the session that
-- the visit began. What they are is kept as a digest, so that nobody who reads this table can use them.
create table if not exists sagemaker_mlflow_visitor (
    digest text primary key,
    kind text not null,                  -- token, session
    server text not null,                -- the ARN of the tracking server or app
    caller text not null,                -- JSON: who asked for the URL
    seconds integer not null,            -- how long the session of a token lasts
    expires real not null                -- seconds since the epoch
);
create index if not exists sagemaker_mlflow_visitor_server on sagemaker_mlflow_visitor (server);
-- Which package of the registry a version of an MLflow model has become. A name may be registered again after its model
-- was deleted, so the time at which MLflow made the version belongs to its key.
create table if not exists sagemaker_mlflow_package (
    server text not null,                -- the ARN of the tracking server or app
    name text not null,                  -- of the registered model
    version text not null,
    created text not null,               -- MLflow's time, milliseconds since the epoch
    package text not null,               -- the ARN of the model package
    aliases text not null default '[]',  -- JSON: the life cycle aliases that were carried over
    primary key (server, name, version, created)
);
