-- Partitions that look after themselves: made ahead, and let go. By hand, after grid.sql: psql -v schema=tidemark -f upkeep.sql. Repeatable.

-- What retention has detached or moved. Whoever may own a table may write down only what he owns himself, because others drop by it.
CREATE TABLE IF NOT EXISTS :"schema".detached_partition (
  relation    regclass PRIMARY KEY,
  parent      regclass NOT NULL,
  lower_bound text NOT NULL,
  upper_bound text NOT NULL,
  ends        timestamptz NOT NULL,
  detached_at timestamptz NOT NULL DEFAULT now(),
  name        text NOT NULL DEFAULT ''
);
COMMENT ON TABLE :"schema".detached_partition IS 'Tidemark: former partitions that retention keeps for a while';
COMMENT ON COLUMN :"schema".detached_partition.name IS 'What it was called then: a dump writes a table that has gone as a number, which can be another table''s where it is restored';
ALTER TABLE :"schema".detached_partition ENABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS own ON :"schema".detached_partition;
CREATE POLICY own ON :"schema".detached_partition
  USING (coalesce(pg_has_role((SELECT relowner FROM pg_catalog.pg_class WHERE oid = relation), 'USAGE'), true))
  WITH CHECK (pg_has_role((SELECT relowner FROM pg_catalog.pg_class WHERE oid = relation), 'USAGE'));
DROP POLICY IF EXISTS seen ON :"schema".detached_partition;
CREATE POLICY seen ON :"schema".detached_partition FOR SELECT USING (true);

-- Until the transaction ends nobody can set a hold. As the journal's owner, because the lock needs more than SELECT.
CREATE OR REPLACE FUNCTION :"schema".lock_holds() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :"schema", pg_catalog, pg_temp AS $$ BEGIN LOCK TABLE hold IN SHARE MODE; END $$;

-- One at a time works on a set.
CREATE OR REPLACE FUNCTION :"schema".lock_set(parent regclass) RETURNS boolean
LANGUAGE sql SET search_path = :"schema", pg_catalog, pg_temp AS $$ SELECT pg_try_advisory_xact_lock('partition_set'::regclass::oid::int, parent::oid::int) $$;

-- A DETACH … CONCURRENTLY that was interrupted leaves a range in which nothing can be inserted and which nothing else can take.
CREATE OR REPLACE FUNCTION :"schema".finish_detaches(parent regclass) RETURNS TABLE (part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET lock_timeout = '500ms' SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE p record; err text;
BEGIN
  FOR p IN SELECT * FROM partitions_of(parent) WHERE pending LOOP
    BEGIN
      EXECUTE format('ALTER TABLE %s DETACH PARTITION %s FINALIZE', parent, p.part);
      RETURN QUERY SELECT p.part::text, p.lower_bound, p.upper_bound, 'detached: an interrupted DETACH CONCURRENTLY was finished';
    EXCEPTION
      WHEN lock_not_available OR deadlock_detected THEN
        RETURN QUERY SELECT p.part::text, p.lower_bound, p.upper_bound, 'skipped: lock not obtained';
      WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
        RETURN QUERY SELECT p.part::text, p.lower_bound, p.upper_bound, 'failed: ' || err;
    END;
  END LOOP;
END $$;

-- Of one set, for the intervals between two local times.
CREATE OR REPLACE FUNCTION :"schema".make_between(parent regclass, first_local timestamp, last_local timestamp, max_pause interval DEFAULT interval '1 second')
RETURNS TABLE (relation regclass, part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE s partition_set; table_name text;
BEGIN
  SELECT * INTO s FROM partition_set p WHERE p.relation = parent;
  SELECT c.relname INTO table_name FROM pg_class c WHERE c.oid = parent;
  IF first_local IS NULL OR last_local IS NULL THEN RAISE EXCEPTION 'partitions of % from when to when? One of the two is NULL', parent; END IF;
  IF NOT lock_set(parent) THEN RETURN QUERY SELECT parent, NULL::text, NULL::text, NULL::text, 'another session is at work on it'; RETURN; END IF;
  IF extract(epoch FROM last_local - first_local) / extract(epoch FROM s.width) > 10000 THEN
    RAISE EXCEPTION 'from % to % more than 10000 partitions of % would be needed', first_local, last_local, s.width USING HINT = 'Make them for a shorter time, or rearrange the table into wider ones.';
  END IF;
  RETURN QUERY SELECT parent, f.* FROM finish_detaches(parent) f;
  RETURN QUERY SELECT parent, f.* FROM fill_partitions(parent, s.width, s.epoch, s.time_zone, table_name, s.name_pattern, s.options, first_local, last_local, coalesce(max_pause, interval '1 second')) f;
END $$;

-- From where the newest partition ends that begins before now: what a scheduler that rested has left out is made good; what retention would drop is not made.
CREATE OR REPLACE FUNCTION :"schema".first_missing(parent regclass) RETURNS timestamp
LANGUAGE sql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT greatest(least(local_now, (SELECT max(bound_moment(p.upper_bound, k.type, s.time_zone, s.epoch)) AT TIME ZONE s.time_zone FROM partitions_of(parent) p
                                     WHERE bound_moment(p.lower_bound, k.type, s.time_zone, s.epoch) <= clock_timestamp())),
                  local_now - coalesce(s.retention, interval '100 years'), local_now - least(greatest(0, 9999 - s.premake) * s.width, interval '1000 years'))
    FROM partition_set s, partition_key(s.relation) k, LATERAL (SELECT local_time(clock_timestamp(), s.time_zone) AS local_now) n WHERE s.relation = parent
$$;

-- Makes the partitions of one set or of all that are missing up to its premake, or to so many intervals from now. One row for each that it made, or
-- could not make and why; none where nothing is missing. A set that fails does not keep the others from their turn.
-- Locks that somebody feels last to the end of the transaction: after `max_pause` the rest is left for the next run.
CREATE OR REPLACE FUNCTION :"schema".make_partitions(only_relation regclass DEFAULT NULL, ahead integer DEFAULT NULL, max_pause interval DEFAULT interval '1 second')
RETURNS TABLE (relation regclass, part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE s record; err text; first timestamptz; began timestamptz; n bigint;
BEGIN
  FOR s IN SELECT p.*, c.relkind FROM partition_set p LEFT JOIN pg_class c ON c.oid = p.relation
            WHERE NOT p.suspended AND (only_relation IS NULL OR p.relation = only_relation) ORDER BY p.relation::text LOOP
    IF s.relkind IS DISTINCT FROM 'p' THEN
      RETURN QUERY SELECT s.relation, NULL::text, NULL::text, NULL::text, CASE WHEN s.relkind IS NULL THEN 'failed: the table is gone; forget_partitions takes it off the list' ELSE 'failed: the table has no partitions' END;
      CONTINUE;
    END IF;
    IF clock_timestamp() - first > max_pause THEN RETURN QUERY SELECT s.relation, NULL::text, NULL::text, NULL::text, 'left for the next run'; CONTINUE; END IF;
    BEGIN
      began := clock_timestamp();
      RETURN QUERY SELECT * FROM make_between(s.relation, first_missing(s.relation), interval_start(clock_timestamp() AT TIME ZONE s.time_zone, s.width) + coalesce(ahead, s.premake) * s.width, max_pause);
      GET DIAGNOSTICS n = ROW_COUNT;
      IF n > 0 AND is_felt(s.relation) THEN first := coalesce(first, began); END IF;
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
      RAISE WARNING 'partitions of % not made: %', s.relation, err;
      RETURN QUERY SELECT s.relation, NULL::text, NULL::text, NULL::text, 'failed: ' || err;
    END;
  END LOOP;
END $$;

-- The same for rows of the past or the far future: every interval from one moment to another.
CREATE OR REPLACE FUNCTION :"schema".make_partitions_for(only_relation regclass, first_moment timestamptz, last_moment timestamptz)
RETURNS TABLE (relation regclass, part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE zone text := (SELECT s.time_zone FROM partition_set s WHERE s.relation = only_relation AND NOT s.suspended);
BEGIN
  IF zone IS NULL THEN
    RAISE EXCEPTION 'Tidemark manages no partitions of %', only_relation USING HINT = format('SELECT %I.manage_partitions(%L, width => ''1 day'') puts it on the list.', current_schema(), only_relation);
  END IF;
  RETURN QUERY SELECT * FROM make_between(only_relation, local_time(first_moment, zone), last_moment AT TIME ZONE zone);
END $$;
