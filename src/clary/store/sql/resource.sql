-- get --
select kind, scope, id, arn, status, doc, version, created, modified, due, format
from resource where kind = ? and scope = ? and id = ?

-- by_arn --
select kind, scope, id, arn, status, doc, version, created, modified, due, format
from resource where arn = ? and arn <> '' order by number limit 1

-- insert --
insert into resource (kind, scope, id, arn, status, doc, format, version, created, modified, due)
values (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
on conflict (kind, scope, id) do nothing

-- update --
update resource
set arn = ?, status = ?, doc = ?, format = ?, version = version + 1, created = ?, modified = ?, due = ?,
    lease_until = null
where kind = ? and scope = ? and id = ? and version = ?

-- delete --
delete from resource where kind = ? and scope = ? and id = ? and version = ?

-- list --
select kind, scope, id, arn, status, doc, version, created, modified, due, format
from resource where {where} order by {order} limit ?

-- count --
select count(*) from resource where {where}

-- claim_due --
-- What others are claiming at this moment is passed over (PostgreSQL; SQLite has one writer at a time).
update resource set lease_until = ?
where number in (
    select number from resource
    where due <= ? and (lease_until is null or lease_until <= ?) and kind in ({kinds})
    order by due limit ?
    for update skip locked
)
returning kind, scope, id, arn, status, doc, version, created, modified, due, format

-- next_due --
select min(case when lease_until > due then lease_until else due end)
from resource where due is not null and kind in ({kinds})
