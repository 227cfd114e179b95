"""What services that run programs share: the life of a job, containers, logs, metrics, roles, schedules, data
in S3.

It stands between `services` and `plane` and names no service: principals, log groups, statuses and sentences
are arguments.
"""
