-- The kinds of records bear their service's name; the versions before wrote the noun alone.
update resource set kind = 'cloudwatch:' || kind where kind = 'MetricAlarm';
