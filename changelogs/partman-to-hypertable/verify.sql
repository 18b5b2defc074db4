-- Is everything as it should be after the conversion? Changes nothing; raises an exception where something is not.
-- Needs the search path of the application; runs as often as you like, also by hand: psql -X -v ON_ERROR_STOP=1 -f verify.sql

-- Every proof that was taken inside the window holds: file nodes, ranges, rows read through the table's own name.
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

-- All rows are in the hypertables, none is left in the retired tables.
DO $$
DECLARE
  here text;
  rows_of_all bigint;
  rows_of_chunks bigint;
  chunk regclass;
  found bigint;
  left_behind boolean;
BEGIN
  FOREACH here IN ARRAY ARRAY['raw_messages', 'fixes'] LOOP
    EXECUTE format('SELECT count(*) FROM %I', here) INTO rows_of_all;
    rows_of_chunks := 0;
    FOR chunk IN SELECT show_chunks(here::regclass) LOOP
      EXECUTE format('SELECT count(*) FROM ONLY %s', chunk) INTO found;
      rows_of_chunks := rows_of_chunks + found;
    END LOOP;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', here || '_old') INTO left_behind;
    IF rows_of_all <> rows_of_chunks THEN
      RAISE EXCEPTION '%: % rows, but % in its chunks', here, rows_of_all, rows_of_chunks;
    END IF;
    IF left_behind THEN
      RAISE EXCEPTION '%_old still holds rows', here;
    END IF;
    RAISE NOTICE '%: % rows, all in its chunks', here, rows_of_all;
  END LOOP;
END $$;

-- Every chunk has every index of its table, valid, and one of each only.
DO $$
DECLARE
  odd record;
BEGIN
  SELECT c.chunk, c.indexes, p.indexes AS wanted INTO odd
    FROM (SELECT i.inhparent AS parent, x.indrelid::regclass AS chunk, count(*) FILTER (WHERE x.indisvalid) AS indexes
            FROM pg_inherits AS i JOIN pg_index AS x ON x.indrelid = i.inhrelid
           WHERE i.inhparent IN ('raw_messages'::regclass, 'fixes'::regclass)
           GROUP BY 1, 2) AS c
    JOIN (SELECT indrelid, count(*) AS indexes FROM pg_index GROUP BY 1) AS p ON p.indrelid = c.parent
   WHERE c.indexes <> p.indexes
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '% has % valid indexes instead of %', odd.chunk, odd.indexes, odd.wanted;
  END IF;
END $$;

-- A message that does not exist cannot be referred to: the triggers stand in for the foreign key.
DO $$
BEGIN
  BEGIN
    INSERT INTO fixes (source, aprs_type, via, "timestamp", latitude, longitude, aircraft_id, received_at, receiver_id, raw_message_id)
    SELECT 'check', 'check', '{}', now(), 47, 8, (SELECT id FROM aircraft LIMIT 1), now(), (SELECT id FROM receivers LIMIT 1), gen_random_uuid();
    RAISE EXCEPTION 'a fix of a message that does not exist was accepted';
  EXCEPTION WHEN foreign_key_violation THEN
    RAISE NOTICE 'foreign key to raw_messages: enforced';
  END;
END $$;

-- A query for one day reads the chunk of that day.
DO $$
DECLARE
  line text;
  scans int := 0;
  chunks int := (SELECT count(*) FROM show_chunks('raw_messages'));
BEGIN
  FOR line IN EXPLAIN SELECT count(*) FROM raw_messages
               WHERE received_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' LOOP
    scans := scans + (line ~ 'Scan.* on ' AND line !~ 'Bitmap Index|ChunkAppend')::int;
  END LOOP;
  IF scans >= chunks THEN
    RAISE EXCEPTION 'a query for today scans % of % chunks', scans, chunks;
  END IF;
  RAISE NOTICE 'a query for today scans % of % chunks', scans, chunks;
END $$;

-- pg_partman no longer looks after them.
DO $$
BEGIN
  IF EXISTS (SELECT FROM partman.part_config WHERE parent_table IN ('public.raw_messages', 'public.fixes')) THEN
    RAISE EXCEPTION 'pg_partman still has a configuration for them';
  END IF;
END $$;
