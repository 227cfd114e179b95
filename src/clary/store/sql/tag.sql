-- tag --
insert into tag (arn, key, value) values (?, ?, ?)
on conflict (arn, key) do update set value = excluded.value where tag.value <> excluded.value

-- untag --
delete from tag where arn = ? and key = ?

-- untag_all --
delete from tag where arn = ?

-- tags --
select key, value from tag where arn = ? order by key
