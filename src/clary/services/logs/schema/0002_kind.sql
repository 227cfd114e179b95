-- The logGroupClass stands with its group. It had a table of its own, since a column could not be added to tables in use.
alter table logs_group add column kind text not null default 'STANDARD';
update logs_group set kind = (select k.kind from logs_group_kind k where k.grp = logs_group.number)
where number in (select grp from logs_group_kind);
drop table logs_group_kind;
