-- One column says when a record is to be looked at, so that the next one is the first row of an index: the later of `due`
-- and the end of its lease.
alter table resource add column look_at real;
update resource set look_at = case when lease_until > due then lease_until else due end where due is not null;
drop index resource_due;
alter table resource drop column lease_until;
create index if not exists resource_look_at on resource (kind, look_at) where look_at is not null;
