-- How far the scrub is and what it found are rows of the plane (plane/schema/0003_upkeep.sql). What is damaged is found again by the
-- next pass, which begins with the next start.
DROP TABLE s3_scrub;
DROP TABLE s3_damaged;
