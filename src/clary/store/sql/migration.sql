-- migration_table --
create table if not exists migration (
    name text primary key,       -- of a schema: `store` is our own, the others are services
    step integer not null,       -- how many of the schema's numbered steps these tables have been through (migration.py)
    parts text not null          -- JSON: what the schema creates -> the fingerprint of how
)

-- migrations --
select name, step, parts from migration

-- remember_migration --
insert into migration (name, step, parts) values (?, ?, ?)
on conflict (name) do update set step = excluded.step, parts = excluded.parts
