-- Who wants changes that are written on demand (interest.py): of a kind, and of one subject of it or ('') of all. A
-- consumer's stays, a follower's ends at a moment.
create table if not exists interest (
    kind text not null,
    subject text not null,
    name text not null,
    ends real,                   -- by the machine's clock; null: never
    primary key (kind, subject, name)
) without rowid;
