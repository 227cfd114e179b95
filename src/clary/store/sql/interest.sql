-- is_wanted --
SELECT 1 FROM interest WHERE kind = ? AND subject IN ('', ?) AND (ends IS NULL OR ends > ?) LIMIT 1

-- interest_ends --
SELECT ends FROM interest WHERE kind = ? AND subject = ? AND name = ?

-- want --
INSERT INTO interest (kind, subject, name, ends) VALUES (?, ?, ?, ?)
ON CONFLICT (kind, subject, name) DO UPDATE SET ends = excluded.ends

-- give_up_all --
DELETE FROM interest WHERE name = ?

-- give_up_ended --
DELETE FROM interest WHERE ends <= ?

-- enroll --
-- A new consumer begins at the oldest change that there is.
INSERT INTO consumer (name, position, seen_at) VALUES (?, (SELECT coalesce(min(number), 1) - 1 FROM change), ?)
ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at
