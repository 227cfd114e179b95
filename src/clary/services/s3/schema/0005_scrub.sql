-- Where the scrub is: the version behind which it goes on, and when its pass began (epoch seconds, 0 for none).
CREATE TABLE IF NOT EXISTS s3_scrub (
    id INTEGER NOT NULL PRIMARY KEY,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    begun REAL NOT NULL
);

-- Versions whose bytes are lost or changed, as the scrub found them. `blob` is the place of the bytes, which it does not keep.
CREATE TABLE IF NOT EXISTS s3_damaged (
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    seq INTEGER NOT NULL,
    version TEXT NOT NULL,
    blob TEXT NOT NULL,
    reason TEXT NOT NULL,
    found REAL NOT NULL,
    PRIMARY KEY (bucket, key, seq)
);
