-- What to look at after the conversion. Each query stands by itself and changes nothing.

-- Every window: what it waited for its locks, how long it held them, how it ended.
SELECT at, step, back, outcome, waited_ms, held_ms FROM tidemark.lock_log ORDER BY at;

-- The proofs. A row here is a difference.
SELECT kind, subject, before, after FROM tidemark.proof WHERE before IS DISTINCT FROM after;

-- New chunks appear as days begin.
SELECT hypertable_name, count(*) AS chunks, max(range_end) AS up_to
  FROM timescaledb_information.chunks GROUP BY hypertable_name ORDER BY hypertable_name;

-- Rows whose message is gone: the triggers do not see what drop_chunks drops.
SELECT count(*) AS orphans FROM receiver_statuses AS s
 WHERE NOT EXISTS (SELECT FROM raw_messages AS m WHERE (m.id, m.received_at) = (s.raw_message_id, s.received_at));

-- What retention is due to drop, and what stands in its way (Apache edition; on Community TimescaleDB's own jobs below).
SELECT relation, chunks, ends, verdict FROM tidemark.retention_preview();

-- TimescaleDB's own jobs, and when they run next.
SELECT job_id, proc_name, hypertable_name, scheduled, next_start FROM timescaledb_information.jobs
 WHERE hypertable_name IS NOT NULL ORDER BY job_id;
