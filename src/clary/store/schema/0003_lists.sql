-- What lists and searches ask for. `parent` is the record that made this one, by its ARN.
alter table resource add column parent text not null default '';
create index if not exists resource_status on resource (kind, scope, status, created, id);
create index if not exists resource_modified on resource (kind, scope, modified, id);
create index if not exists resource_parent on resource (parent, kind, scope, created, id) where parent <> '';
create index if not exists tag_value on tag (key, value, arn);
