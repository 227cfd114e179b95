-- The sealing key under which the platform's secrets are sealed: one row, so that another key is noticed at the start.
create table if not exists sealing_key (
    id integer not null primary key,     -- 1; 0 for what an earlier version noted, until the next start
    fingerprint text not null
);
