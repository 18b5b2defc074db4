-- What to look at after the conversion. Each query stands by itself and changes nothing. Partitions are found by their bounds, never by names.

-- Red: rows have no partition, or soon will not. How far they reach, and what retention lets go next.
SELECT verdict, reason, days_ahead, gaps, next_drop, next_drop_at, overdue FROM tidemark.partition_health;

-- How many there are: those of the past, today's, 30 ahead.
SELECT count(*) AS partitions FROM tidemark.partitions_of('webhook_log');

-- How large they are, and how many rows PostgreSQL believes to be in each, newest first.
SELECT p.part, p.lower_bound, p.upper_bound, pg_size_pretty(pg_total_relation_size(p.part)) AS size, s.n_live_tup AS row_count
  FROM tidemark.partitions_of('webhook_log') AS p LEFT JOIN pg_stat_user_tables AS s ON s.relid = p.part
 ORDER BY p.high DESC LIMIT 45;

-- From when to when.
SELECT (array_agg(part ORDER BY low))[1] AS oldest, (array_agg(part ORDER BY high DESC))[1] AS newest,
       (array_agg(lower_bound ORDER BY low))[1] AS since, (array_agg(upper_bound ORDER BY high DESC))[1] AS up_to
  FROM tidemark.partitions_of('webhook_log');

-- What retention would let go now, and what stands in its way.
SELECT part, upper_bound, row_estimate, verdict FROM tidemark.partition_retention_preview('webhook_log');

-- Every window: what it waited for its locks, how long it held them, how it ended.
SELECT at, step, back, outcome, waited_ms, held_ms FROM tidemark.lock_log ORDER BY at;

-- The proofs. A row here is a difference.
SELECT kind, subject, before, after FROM tidemark.proof WHERE before IS DISTINCT FROM after;
