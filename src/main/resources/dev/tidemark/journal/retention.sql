-- Retention without TimescaleDB's own policies: the Apache edition has none, and theirs ask nobody. Installed with the journal.
-- By hand, after journal.sql: psql -v schema=tidemark -f retention.sql. Repeatable. Needs nothing of TimescaleDB while it is created.

-- One row per hypertable. regclass, not a name: it follows ALTER TABLE … RENAME / SET SCHEMA (a policy kept by name is lost at a rename and
-- fails or, worse, meets the next table of that name), pg_dump writes it as a qualified name, pg_upgrade allows it (oids are kept).
-- A conversion gives the name to another table: its step moves the row. A row whose table is gone is reported, never guessed.
CREATE TABLE IF NOT EXISTS :"schema".retention_policy (
  relation   regclass PRIMARY KEY,
  drop_after interval NOT NULL CHECK (drop_after > interval '0'),
  epoch      text CHECK (epoch IN ('s', 'ms', 'us', 'ns')),  -- unit of an integer time column, else NULL
  time_zone  text NOT NULL DEFAULT 'UTC',                    -- in which days are counted, and in which timestamps without time zone are read
  paused     boolean NOT NULL DEFAULT true                   -- until finalize
);
COMMENT ON TABLE :"schema".retention_policy IS 'Tidemark: which chunks may become too old; applied by apply_retention()';

-- Rows of a relation may only go when every hold on it has released them. An operator keeps everything with the default -infinity; an
-- archive moves released_before forward as far as it has proved to hold the rows.
CREATE TABLE IF NOT EXISTS :"schema".hold (
  relation        regclass NOT NULL,
  name            text NOT NULL,
  released_before timestamptz NOT NULL DEFAULT '-infinity',
  reason          text NOT NULL,
  set_by          name NOT NULL DEFAULT session_user,
  set_at          timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (relation, name)
);
COMMENT ON TABLE :"schema".hold IS 'Tidemark: rows at or after released_before are not dropped by any drop path of Tidemark';

-- The one predicate. upper_bound is exclusive: the first moment that the chunk or partition can not hold. Integers are turned into a moment
-- with the column's epoch unit, timestamps without time zone are read in the policy's zone, by the caller. NULL (no upper bound): never.
CREATE OR REPLACE FUNCTION :"schema".may_drop(relation regclass, upper_bound timestamptz) RETURNS boolean
LANGUAGE sql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT upper_bound IS NOT NULL
     AND NOT EXISTS (SELECT FROM hold h WHERE h.relation = may_drop.relation AND upper_bound > h.released_before)
$$;

-- Why rows of a relation that end there must not go, in words; NULL where they may. Only a clear yes is one: where the predicate, which an archive may have put
-- its own in place of, fails, is gone or does not know, nothing goes, and other tables are not kept from their turn.
CREATE OR REPLACE FUNCTION :"schema".kept_because(relation regclass, ends timestamptz) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE err text;
BEGIN
  IF may_drop(relation, ends) THEN RETURN NULL; END IF;
  RETURN coalesce((SELECT string_agg(h.name || ' (' || h.reason || ')', ', ' ORDER BY h.name) FROM hold h WHERE h.relation = kept_because.relation AND ends > h.released_before), 'may_drop does not allow it');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
  RETURN 'may_drop has failed: ' || err;
END $$;

-- Chunks past their policy, oldest first: what apply_retention would do now, with estimated rows and bytes. Space partitions share one line.
-- Reads every policy, paused or not; `verdict` says what stands in the way.
CREATE OR REPLACE FUNCTION :"schema".retention_preview(only_relation regclass DEFAULT NULL)
RETURNS TABLE (relation regclass, chunks text[], lower_bound text, upper_bound text, ends timestamptz, row_estimate bigint, bytes bigint, verdict text)
LANGUAGE plpgsql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE p record; factor numeric; cutoff timestamptz;
BEGIN
  FOR p IN SELECT r.*, c.relname, n.nspname, h.hypertable_name
             FROM retention_policy r LEFT JOIN pg_class c ON c.oid = r.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
             LEFT JOIN timescaledb_information.hypertables h ON h.hypertable_schema = n.nspname AND h.hypertable_name = c.relname
            WHERE only_relation IS NULL OR r.relation = only_relation ORDER BY n.nspname, c.relname LOOP
    IF p.hypertable_name IS NULL THEN
      RETURN QUERY SELECT p.relation, NULL::text[], NULL, NULL, NULL::timestamptz, NULL::bigint, NULL::bigint,
        CASE WHEN p.relname IS NULL THEN 'table is gone' ELSE 'not a hypertable' END;
      CONTINUE;
    END IF;
    -- days and months are counted in the policy's zone, not in the session's
    cutoff := ((now() AT TIME ZONE p.time_zone) - p.drop_after) AT TIME ZONE p.time_zone;
    factor := CASE p.epoch WHEN 's' THEN 1 WHEN 'ms' THEN 1e3 WHEN 'us' THEN 1e6 WHEN 'ns' THEN 1e9 END;
    RETURN QUERY
    WITH chunk AS (
      SELECT format('%I.%I', v.chunk_schema, v.chunk_name) AS name, v.primary_dimension_type AS type,
             coalesce(v.range_start_integer::text, CASE v.primary_dimension_type WHEN 'timestamptz'::regtype THEN v.range_start::text ELSE (v.range_start AT TIME ZONE 'UTC')::text END) AS lower,
             coalesce(v.range_end_integer::text, CASE v.primary_dimension_type WHEN 'timestamptz'::regtype THEN v.range_end::text ELSE (v.range_end AT TIME ZONE 'UTC')::text END) AS upper,
             CASE WHEN v.range_end_integer IS NOT NULL THEN to_timestamp((v.range_end_integer / factor)::double precision)   -- NULL without a unit: never dropped
                  WHEN v.primary_dimension_type = 'timestamptz'::regtype THEN v.range_end
                  ELSE (v.range_end AT TIME ZONE 'UTC') AT TIME ZONE p.time_zone END AS ends
        FROM timescaledb_information.chunks v WHERE v.hypertable_schema = p.nspname AND v.hypertable_name = p.relname)
    SELECT p.relation, array_agg(k.name ORDER BY k.name), k.lower, k.upper, k.ends,
           sum(nullif(c.reltuples, -1))::bigint, sum(pg_total_relation_size(c.oid))::bigint,
           CASE WHEN k.ends IS NULL THEN 'integer time column without epoch unit'
                ELSE coalesce('held: ' || kept_because(p.relation, k.ends), CASE WHEN p.paused THEN 'paused' ELSE 'drop' END) END
      FROM chunk k LEFT JOIN pg_class c ON c.oid = to_regclass(k.name)
     WHERE k.ends <= cutoff OR k.ends IS NULL
     GROUP BY k.lower, k.upper, k.ends ORDER BY k.ends, k.upper;
  END LOOP;
END $$;

-- Drops what retention_preview calls `drop`, one range after the other, oldest first. Each waits at most 500 ms for its lock (as long as it
-- waits, readers wait behind it) and is skipped when it does not get it. Locks last to the end of the transaction: after `max_pause` the rest
-- is left for the next run. Of several runs at once one works, the others return nothing. Repeating it is harmless.
-- A hold set while it runs is either seen, or waits (SHARE lock on hold) until the drops that were allowed before it have committed.
CREATE OR REPLACE FUNCTION :"schema".apply_retention(only_relation regclass DEFAULT NULL, max_pause interval DEFAULT interval '1 second')
RETURNS TABLE (relation regclass, upper_bound text, dropped text, outcome text)
LANGUAGE plpgsql SET lock_timeout = '500ms' SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE k record; name text; first timestamptz; ts name; t text; err text;
BEGIN
  IF NOT pg_try_advisory_xact_lock('retention_policy'::regclass::oid::int, 0) THEN
    RAISE NOTICE 'another run of apply_retention is at work'; RETURN;
  END IF;
  LOCK TABLE hold IN SHARE MODE;
  SELECT n.nspname INTO ts FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb';
  FOR k IN SELECT v.*, (SELECT d.column_type FROM timescaledb_information.dimensions d JOIN pg_class c ON c.relname = d.hypertable_name JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = d.hypertable_schema
                         WHERE c.oid = v.relation AND d.dimension_number = 1) AS column_type
             FROM retention_preview(only_relation) v ORDER BY v.ends LOOP
    IF k.verdict IS DISTINCT FROM 'drop' THEN RETURN QUERY SELECT k.relation, k.upper_bound, NULL::text, k.verdict; CONTINUE; END IF;
    IF clock_timestamp() - first > max_pause THEN RETURN QUERY SELECT k.relation, k.upper_bound, NULL::text, 'left for the next run'; CONTINUE; END IF;
    first := coalesce(first, clock_timestamp());
    BEGIN
      t := k.column_type::text;        -- drop_chunks insists on the column's own type
      FOR name IN EXECUTE format('SELECT %I.drop_chunks(%L::regclass, older_than => %L::%s, newer_than => %L::%s)', ts, k.relation, k.upper_bound, t, k.lower_bound, t) LOOP
        RETURN QUERY SELECT k.relation, k.upper_bound, name, 'dropped';
      END LOOP;
    EXCEPTION
      WHEN lock_not_available OR deadlock_detected THEN
        RETURN QUERY SELECT k.relation, k.upper_bound, NULL::text, 'skipped: lock not obtained';
      WHEN OTHERS THEN                 -- one table's obstacle (a foreign key into it, say) must not keep the others from their turn
        GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
        RAISE WARNING 'chunk of % that ends at % not dropped: %', k.relation, k.upper_bound, err;
        RETURN QUERY SELECT k.relation, k.upper_bound, NULL::text, 'failed: ' || err;
    END;
  END LOOP;
END $$;

-- Nobody but the owner; a scheduler's role is granted explicitly, and needs ownership of the tables besides (functions run as the caller)
REVOKE ALL ON :"schema".retention_policy, :"schema".hold FROM PUBLIC;
REVOKE ALL ON FUNCTION :"schema".may_drop(regclass, timestamptz), :"schema".kept_because(regclass, timestamptz), :"schema".retention_preview(regclass), :"schema".apply_retention(regclass, interval) FROM PUBLIC;
