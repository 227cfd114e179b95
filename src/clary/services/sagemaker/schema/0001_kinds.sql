-- The kinds of records bear their service's name; the versions before wrote the noun alone.
update resource set kind = 'sagemaker:' || kind
where kind in (
    'DataQualityJobDefinition', 'Endpoint', 'EndpointConfig', 'Model', 'ModelPackage', 'ModelPackageGroup',
    'MonitoringSchedule', 'ProcessingJob', 'TrainingJob', 'TransformJob'
);
