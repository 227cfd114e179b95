-- moves --
select at, ahead from clock_move order by ahead

-- newest_move --
select at, ahead from clock_move order by ahead desc limit 1

-- write_move --
insert into clock_move (at, ahead) values (?, ?) on conflict (ahead) do nothing
