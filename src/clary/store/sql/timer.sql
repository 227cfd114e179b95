-- waiting --
-- Of each kind the first row of each index. A value's table is the list of kinds.
select kind, look_at, until from (
    select kinds.column1 as kind,
           (select min(look_at) from resource where kind = kinds.column1 and look_at is not null) as look_at,
           (select min(until) from resource where kind = kinds.column1 and until is not null) as until
    from (values {kinds}) as kinds
) as waiting where look_at is not null or until is not null

-- claim --
-- What others are claiming at this moment is passed over (PostgreSQL; SQLite has one writer at a time).
update resource set look_at = ?, until = null
where number in (
    select number from resource where kind = ? and look_at <= ? order by look_at limit ?
    for update skip locked
)
returning {columns}

-- claim_waiting --
-- From now on such a record is due by the machine's clock: where its holder dies, it is claimed when the lease ends.
update resource set due = ?, look_at = ?, until = null
where number in (
    select number from resource where kind = ? and until <= ? order by until limit ?
    for update skip locked
)
returning {columns}

-- postpone --
update resource set due = ?, look_at = ?, until = ? where kind = ? and scope = ? and id = ? and version = ?

-- hasten --
-- A lease that is held stays.
update resource set due = ?, look_at = case when look_at > due then look_at else ? end
where kind = ? and scope = ? and id = ? and (due > ? or (due is null and until is not null))

-- hasten_all --
update resource set due = ?, look_at = ? where (look_at > ? or until is not null) and kind in ({kinds})

-- end_leases --
update resource set look_at = due where look_at > due and kind in ({kinds})
