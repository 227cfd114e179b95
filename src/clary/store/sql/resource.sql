-- get --
select {columns} from resource where kind = ? and scope = ? and id = ?

-- by_arn --
select {columns} from resource where arn = ? and arn <> '' order by number limit 1

-- insert --
insert into resource (kind, scope, id, arn, parent, status, doc, format, version, created, modified, due, look_at, until)
values (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?)
on conflict (kind, scope, id) do nothing

-- update --
update resource
set arn = ?, parent = ?, status = ?, doc = ?, format = ?, version = version + 1, created = ?, modified = ?, due = ?,
    look_at = ?, until = ?
where kind = ? and scope = ? and id = ? and version = ?

-- delete --
delete from resource where kind = ? and scope = ? and id = ? and version = ?

-- list --
select {columns} from resource where {where} order by {order} limit ?

-- list_sorted --
-- What is sorted are numbers: with the documents, 20,000 records would be forty megabytes.
select {columns} from resource where number in (select number from resource where {where} order by {order} limit ?)
order by {order}

-- count --
select count(*) from resource where {where}

-- versions --
select scope, id, version, created from resource where kind = ?
