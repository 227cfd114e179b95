-- once --
select result from idempotency where scope = ? and operation = ? and token = ?

-- remember --
insert into idempotency (scope, operation, token, result) values (?, ?, ?, ?)
on conflict (scope, operation, token) do update set result = excluded.result
