-- The same conversion as its own script had it (the system that this scenario is taken from), for comparison: six steps, made atomic.
-- Completed where it would not run: the old indexes and keys keep the names that the new ones want.
-- Readers and writers wait from the first statement to the last. Committed step by step instead, as its batches suggest, they would find
-- an empty table, and what they changed in the old one meanwhile would be missing. Its way back is by-hand-back.sql.
BEGIN;
SET LOCAL client_min_messages = warning;

-- [Step 1/6] Rename the existing table
ALTER TABLE webhook_log RENAME TO webhook_log_old;
ALTER INDEX webhook_log_pkey RENAME TO webhook_log_old_pkey;
ALTER INDEX idx_webhook_log_timestamp RENAME TO idx_webhook_log_old_timestamp;
ALTER INDEX idx_webhook_log_endpoint RENAME TO idx_webhook_log_old_endpoint;

-- [Step 2/6] Create the new partitioned table
CREATE TABLE webhook_log (
  id integer NOT NULL DEFAULT nextval('webhook_log_id_seq'),
  "timestamp" timestamp without time zone NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
  endpoint_id integer NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
  event text NOT NULL,
  status integer NOT NULL,
  duration_ms integer,
  payload jsonb NOT NULL DEFAULT '{}',
  error text,
  PRIMARY KEY (id, "timestamp")
) PARTITION BY RANGE ("timestamp");
CREATE INDEX idx_webhook_log_timestamp ON webhook_log ("timestamp" DESC);
CREATE INDEX idx_webhook_log_endpoint ON webhook_log (endpoint_id, "timestamp" DESC);

-- [Step 3/6] Create the partitions: 15 days back, today, 30 days ahead
DO $$
DECLARE
  day date;
BEGIN
  FOR day IN SELECT d FROM generate_series((now() AT TIME ZONE 'UTC')::date - 15, (now() AT TIME ZONE 'UTC')::date + 30, interval '1 day') AS d LOOP
    EXECUTE format('CREATE TABLE %I PARTITION OF webhook_log FOR VALUES FROM (%L) TO (%L)',
      'webhook_log_y' || to_char(day, 'YYYY"m"MM"d"DD'), day, day + 1);
  END LOOP;
END $$;

-- [Step 4/6] Copy the last 15 days in batches of 1,000 rows
DO $$
DECLARE
  since timestamp := now() AT TIME ZONE 'UTC' - interval '15 days';
  last_id bigint := 0;
BEGIN
  LOOP
    WITH batch AS (
      INSERT INTO webhook_log
      SELECT id, "timestamp", endpoint_id, event, status, duration_ms, payload, error FROM webhook_log_old
       WHERE id > last_id AND "timestamp" >= since ORDER BY id LIMIT 1000
      RETURNING id)
    SELECT max(id) INTO last_id FROM batch;
    EXIT WHEN last_id IS NULL;
  END LOOP;
END $$;

-- [Step 5/6] Create the functions that manage partitions, by their names
CREATE FUNCTION create_future_webhook_log_partitions(days_ahead int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  day date;
BEGIN
  FOR day IN SELECT d FROM generate_series(current_date, current_date + days_ahead, interval '1 day') AS d LOOP
    IF to_regclass('webhook_log_y' || to_char(day, 'YYYY"m"MM"d"DD')) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF webhook_log FOR VALUES FROM (%L) TO (%L)',
        'webhook_log_y' || to_char(day, 'YYYY"m"MM"d"DD'), day, day + 1);
    END IF;
  END LOOP;
END $$;
CREATE FUNCTION drop_old_webhook_log_partitions(retention_days int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  part record;
BEGIN
  FOR part IN SELECT tablename FROM pg_tables
               WHERE tablename LIKE 'webhook_log_y%' AND tablename < 'webhook_log_y' || to_char(current_date - retention_days, 'YYYY"m"MM"d"DD') LOOP
    EXECUTE format('DROP TABLE %I', part.tablename);
  END LOOP;
END $$;

-- [Step 6/6] Verify that row counts match
DO $$
DECLARE
  old_count bigint := (SELECT count(*) FROM webhook_log_old WHERE "timestamp" >= now() AT TIME ZONE 'UTC' - interval '15 days');
  new_count bigint := (SELECT count(*) FROM webhook_log);
BEGIN
  IF old_count <> new_count THEN
    RAISE EXCEPTION 'count mismatch. Old: %, New: %', old_count, new_count;
  END IF;
END $$;
COMMIT;
