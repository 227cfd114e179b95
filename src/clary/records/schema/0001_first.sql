-- The last number of each queue and log. Who gives numbers holds the row until the commit, so numbers are in the order of commits.
create table if not exists record_number (
    name text primary key,
    last integer not null
);
create table if not exists record_message (
    queue text not null,
    number integer not null,
    id text not null,
    grp text not null,                   -- '' where there is no order
    sent real not null,
    visible real not null,
    receives integer not null,
    first_received real not null,        -- 0: not yet
    receipt text not null,               -- of the newest delivery; '' before the first
    body blob not null,
    primary key (queue, number)
);
create index if not exists record_message_visible on record_message (queue, grp, visible, number);
create index if not exists record_message_sent on record_message (queue, sent);
create index if not exists record_message_in_group on record_message (queue, grp, number) where grp <> '';
create index if not exists record_message_out_of_group on record_message (queue, grp) where grp <> '' and receipt <> '';
create index if not exists record_message_out on record_message (queue, visible) where receipt <> '';
create index if not exists record_message_delayed on record_message (queue, visible) where receipt = '' and visible > sent;
-- A group that has messages, and when the next may be received: when all that are out are visible again.
create table if not exists record_group (
    queue text not null,
    grp text not null,
    free real not null,
    primary key (queue, grp)
);
create index if not exists record_group_free on record_group (queue, free, grp);
-- Keys of messages that were sent, for as long as a second one is a duplicate.
create table if not exists record_key (
    queue text not null,
    key text not null,
    until real not null,
    id text not null,
    number integer not null,
    primary key (queue, key)
);
create index if not exists record_key_until on record_key (queue, until);
create table if not exists record_entry (
    log text not null,
    number integer not null,
    at real not null,
    data blob not null,
    primary key (log, number)
);
