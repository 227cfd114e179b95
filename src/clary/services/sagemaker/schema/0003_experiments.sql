-- Which trial components are in which trials, and the experiment of the trial. An index for each way in which lists and
-- searches ask: the components of a trial and of an experiment, the trials of a component.
create table if not exists sagemaker_trial_member (
    scope text not null,                 -- account and region
    trial text not null,
    component text not null,
    experiment text not null,
    primary key (scope, trial, component)
) without rowid;
create index if not exists sagemaker_trial_member_experiment on sagemaker_trial_member (scope, experiment, component);
create index if not exists sagemaker_trial_member_component on sagemaker_trial_member (scope, component, trial);
