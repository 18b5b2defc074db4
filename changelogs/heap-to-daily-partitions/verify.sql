-- Is everything as it should be after the conversion? Leaves everything as it is but for two numbers of the sequence; raises an exception
-- where something is not. Runs as often as you like, also by hand: psql -X -v ON_ERROR_STOP=1 -f verify.sql

-- Every proof that was taken holds.
DO $$
DECLARE
  broken record;
BEGIN
  SELECT kind, subject, before, after INTO broken
    FROM tidemark.proof WHERE before IS DISTINCT FROM after LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% of % was % and is %', broken.kind, broken.subject, broken.before, broken.after;
  END IF;
  IF (SELECT count(*) FROM tidemark.proof) = 0 THEN
    RAISE EXCEPTION 'there is no proof in tidemark.proof';
  END IF;
END $$;

-- The partitions have no gap and reach at least 30 days ahead.
DO $$
DECLARE
  state record;
BEGIN
  SELECT verdict, reason, days_ahead, gaps INTO state FROM tidemark.partition_health WHERE relation = 'webhook_log'::regclass;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nobody looks after the partitions of webhook_log';
  END IF;
  IF state.verdict = 'red' OR state.gaps <> '{}' OR state.days_ahead < 29 THEN
    RAISE EXCEPTION 'partitions of webhook_log: % (%), % days ahead, gaps %', state.verdict, state.reason, state.days_ahead, state.gaps;
  END IF;
  RAISE NOTICE 'partitions reach % days ahead', state.days_ahead;
END $$;

-- Every row is seen through the table's name, and lies in one partition.
DO $$
DECLARE
  rows_of_all bigint := (SELECT count(*) FROM webhook_log);
  rows_of_partitions bigint := 0;
  part regclass;
  found bigint;
BEGIN
  FOR part IN SELECT relid FROM pg_partition_tree('webhook_log') WHERE isleaf LOOP
    EXECUTE format('SELECT count(*) FROM ONLY %s', part) INTO found;
    rows_of_partitions := rows_of_partitions + found;
  END LOOP;
  IF rows_of_all <> rows_of_partitions THEN
    RAISE EXCEPTION 'webhook_log: % rows, but % in its partitions', rows_of_all, rows_of_partitions;
  END IF;
  RAISE NOTICE 'webhook_log: % rows, all in its partitions', rows_of_all;
END $$;

-- Every partition has every index of the table, valid, and one of each only.
DO $$
DECLARE
  odd record;
BEGIN
  SELECT part.relid::regclass AS name, count(x.indexrelid) FILTER (WHERE x.indisvalid) AS indexes,
         (SELECT count(*) FROM pg_index WHERE indrelid = 'webhook_log'::regclass) AS wanted INTO odd
    FROM pg_partition_tree('webhook_log') AS part LEFT JOIN pg_index AS x ON x.indrelid = part.relid
   WHERE part.isleaf
   GROUP BY part.relid
  HAVING count(x.indexrelid) FILTER (WHERE x.indisvalid) <> (SELECT count(*) FROM pg_index WHERE indrelid = 'webhook_log'::regclass)
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% has % valid indexes instead of %', odd.name, odd.indexes, odd.wanted;
  END IF;
END $$;

-- The key is the composite one, which the model of the application must name too.
DO $$
DECLARE
  key text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'webhook_log'::regclass AND contype = 'p');
BEGIN
  IF key IS DISTINCT FROM 'PRIMARY KEY (id, "timestamp")' THEN
    RAISE EXCEPTION 'the key of webhook_log is %', key;
  END IF;
END $$;

-- Rows of today and of each day ahead are accepted, with the next numbers; those of an endpoint that does not exist are not.
DO $$
DECLARE
  highest bigint := (SELECT max(id) FROM webhook_log);
  lowest_new bigint;
BEGIN
  BEGIN
    INSERT INTO webhook_log (endpoint_id, event, status) VALUES (-1, 'check', 0);
    RAISE EXCEPTION 'a call of an endpoint that does not exist was accepted';
  EXCEPTION WHEN foreign_key_violation THEN
    RAISE NOTICE 'foreign key to endpoints: enforced';
  END;
  BEGIN
    WITH added AS (
      INSERT INTO webhook_log ("timestamp", endpoint_id, event, status)
      SELECT now() AT TIME ZONE 'UTC' + d * interval '1 day', (SELECT min(id) FROM endpoints), 'check', 0 FROM generate_series(0, 29) AS d
      RETURNING id)
    SELECT min(id) INTO lowest_new FROM added;
    IF lowest_new <= highest THEN
      RAISE EXCEPTION 'the sequence gives %, but there is % already', lowest_new, highest;
    END IF;
    RAISE EXCEPTION 'taken back' USING ERRCODE = 'TMOK0';
  EXCEPTION WHEN SQLSTATE 'TMOK0' THEN
    RAISE NOTICE 'rows of the next 30 days: accepted';
  END;
END $$;

-- A query for a day reads the partition of that day.
DO $$
DECLARE
  line text;
  scans int := 0;
BEGIN
  FOR line IN EXPLAIN SELECT count(*) FROM webhook_log
               WHERE "timestamp" >= date_trunc('day', now() AT TIME ZONE 'UTC') + interval '20 days'
                 AND "timestamp" < date_trunc('day', now() AT TIME ZONE 'UTC') + interval '21 days' LOOP
    scans := scans + (line ~ 'Scan.* on ' AND line !~ 'Bitmap Index')::int;
  END LOOP;
  IF scans <> 1 THEN
    RAISE EXCEPTION 'a query for one day scans % partitions', scans;
  END IF;
END $$;

-- The functions that the jobs call are there.
DO $$
BEGIN
  IF to_regprocedure('create_future_webhook_log_partitions(int)') IS NULL OR to_regprocedure('drop_old_webhook_log_partitions(int)') IS NULL THEN
    RAISE EXCEPTION 'the functions that make and drop partitions of webhook_log are missing';
  END IF;
END $$;
