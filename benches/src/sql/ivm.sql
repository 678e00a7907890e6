-- The number of each user's events, kept by the extension pg_ivm.
CREATE EXTENSION pg_ivm;
SELECT pgivm.create_immv('user_events_rollup', 'SELECT id, count(*) AS events FROM user_events GROUP BY id');
