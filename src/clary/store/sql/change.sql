-- write_change --
insert into change (kind, scope, id, arn, what, view, at) values (?, ?, ?, ?, ?, ?, ?)

-- seen --
select arn, parent, status from resource where kind = ? and scope = ? and id = ? and version = ?

-- seen_whole --
select arn, parent, status, doc, format from resource where kind = ? and scope = ? and id = ? and version = ?

-- owner --
select kind, scope, id, version from resource where arn = ? and arn <> '' order by number limit 1

-- changes --
select number, kind, scope, id, arn, what, view, at from change where number > ? and {where} order by number limit ?

-- newest_change --
select coalesce(max(number), 0) from change

-- position --
select position from consumer where name = ?

-- take_position --
insert into consumer (name, position, seen_at) values (?, 0, ?)
on conflict (name) do update set seen_at = excluded.seen_at
returning position

-- consumers --
select name, position, seen_at from consumer order by name

-- advance --
insert into consumer (name, position, seen_at) values (?, ?, ?)
on conflict (name) do update set
    position = case when excluded.position > consumer.position then excluded.position else consumer.position end,
    seen_at = excluded.seen_at

-- drop_consumer --
delete from consumer where name = ?

-- trim --
delete from change where number in (select number from change where number <= ? order by number limit ?)
