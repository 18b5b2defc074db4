-- Making the partitions that are missing. By hand, after partitions.sql: psql -v schema=tidemark -f grid.sql. Repeatable.

-- Makes one partition, empty. Of a table in use by CREATE TABLE … LIKE and ATTACH: that takes SHARE UPDATE EXCLUSIVE on the parent, which no reader and no
-- writer minds, where CREATE TABLE … PARTITION OF, in half the time, takes ACCESS EXCLUSIVE (PostgreSQL 15 and 17); the outcome is the same. Tables on the other
-- side of a foreign key get SHARE ROW EXCLUSIVE both ways, DEFAULT gets ACCESS EXCLUSIVE and is read. Indexes, triggers, keys, identity come with ATTACH.
CREATE OR REPLACE FUNCTION :"schema".make_partition(parent regclass, part text, lower_bound text, upper_bound text, options text[], in_use boolean) RETURNS void
LANGUAGE plpgsql SET timezone = 'UTC' SET datestyle = 'ISO' SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t record; new regclass; i text; parameters text := CASE WHEN options <> '{}' THEN ' WITH (' || array_to_string(options, ', ') || ')' ELSE '' END;
  bounds text := format('FOR VALUES FROM (%s) TO (%s)', CASE WHEN lower_bound IN ('MINVALUE', 'MAXVALUE') THEN lower_bound ELSE quote_literal(lower_bound) END,
                                                        CASE WHEN upper_bound IN ('MINVALUE', 'MAXVALUE') THEN upper_bound ELSE quote_literal(upper_bound) END);
BEGIN
  SELECT n.nspname AS schema, pg_get_userbyid(c.relowner) AS owner, c.relreplident, CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END AS kind,
         ' USING ' || quote_ident(m.amname) AS method, ' TABLESPACE ' || quote_ident(s.spcname) AS place INTO t
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am m ON m.oid = c.relam LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace WHERE c.oid = parent;
  IF in_use THEN
    EXECUTE format('CREATE %sTABLE %I.%I (LIKE %s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION)%s%s%s',
      t.kind, t.schema, part, parent, t.method, parameters, t.place);
  ELSE
    EXECUTE format('CREATE %sTABLE %I.%I PARTITION OF %s %s%s', t.kind, t.schema, part, parent, bounds, parameters);
  END IF;
  new := format('%I.%I', t.schema, part)::regclass;
  IF t.owner <> current_user THEN EXECUTE format('ALTER TABLE %s OWNER TO %I', new, t.owner); END IF;
  IF in_use THEN EXECUTE format('ALTER TABLE %s ATTACH PARTITION %s %s', parent, new, bounds); END IF;
  IF t.relreplident IN ('f', 'n') THEN
    EXECUTE format('ALTER TABLE %s REPLICA IDENTITY %s', new, CASE t.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END);
  ELSIF t.relreplident = 'i' THEN
    SELECT c.relname INTO i FROM pg_index x JOIN pg_inherits h ON h.inhparent = x.indexrelid JOIN pg_class c ON c.oid = h.inhrelid JOIN pg_index y ON y.indexrelid = c.oid
     WHERE x.indrelid = parent AND x.indisreplident AND y.indrelid = new;
    IF FOUND THEN EXECUTE format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', new, i); END IF;
  END IF;
END $$;

-- The stretches without a partition among the intervals from `first_local` to `last_local`, both included, each cut exactly where what exists
-- begins or ends. An interval that the clocks leave out has none.
CREATE OR REPLACE FUNCTION :"schema".missing_partitions(parent regclass, width interval, epoch text, time_zone text, first_local timestamp, last_local timestamp)
RETURNS TABLE (beginning timestamp, lower_bound text, upper_bound text)
LANGUAGE plpgsql STABLE SET timezone = 'UTC' SET datestyle = 'ISO' SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE
  key_type regtype := (partition_key(parent)).type; lows numeric[]; highs numeric[]; starts text[]; ends text[]; n int; i int := 1;
  at timestamp := interval_start(first_local, width); last timestamp := interval_start(last_local, width);
  cur numeric; high numeric; cur_text text; high_text text;
BEGIN
  SELECT array_agg(p.low ORDER BY p.low), array_agg(p.high ORDER BY p.low), array_agg(p.lower_bound ORDER BY p.low), array_agg(p.upper_bound ORDER BY p.low), count(*)
    INTO lows, highs, starts, ends, n FROM partitions_of(parent) p;
  high_text := local_bound(at, key_type, time_zone, epoch);
  high := bound_position(high_text, key_type);
  WHILE at <= last LOOP
    cur_text := high_text; cur := high;
    high_text := local_bound(at + width, key_type, time_zone, epoch); high := bound_position(high_text, key_type);
    WHILE cur < high LOOP
      WHILE i <= n AND highs[i] <= cur LOOP i := i + 1; END LOOP;
      IF i > n OR lows[i] >= high THEN
        RETURN QUERY SELECT at, cur_text, high_text;
        cur := high;
      ELSE
        IF lows[i] > cur THEN RETURN QUERY SELECT at, cur_text, starts[i]; END IF;
        cur := highs[i]; cur_text := ends[i];
      END IF;
    END LOOP;
    at := at + width;
  END LOOP;
END $$;

-- Whether somebody else feels the locks of ATTACH: there is a DEFAULT, or a foreign key from it or to it.
CREATE OR REPLACE FUNCTION :"schema".is_felt(parent regclass) RETURNS boolean
LANGUAGE sql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT (partition_key(parent)).default_partition IS NOT NULL OR EXISTS (SELECT FROM pg_constraint c WHERE c.contype = 'f' AND parent IN (c.conrelid, c.confrelid))
$$;

-- Makes them, each in a subtransaction: one that cannot be made is reported and made by the next call. `felt`: for how long locks that somebody
-- feels may be held in all. NULL for a table that nobody uses yet: then what goes wrong is an error.
CREATE OR REPLACE FUNCTION :"schema".fill_partitions(parent regclass, width interval, epoch text, time_zone text, table_name text, pattern text, options text[],
  first_local timestamp, last_local timestamp, felt interval)
RETURNS TABLE (part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET lock_timeout = '500ms' SET timezone = 'UTC' SET datestyle = 'ISO' SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  m record; k record; spot record; name text; filled boolean := false; large boolean := false; there boolean; first timestamptz; err text;
  locks_others boolean := is_felt(parent);
BEGIN
  SELECT n.oid, n.nspname INTO spot FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = parent;
  SELECT * INTO k FROM partition_key(parent);
  IF k.default_partition IS NOT NULL THEN
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', k.default_partition) INTO filled;
    -- ATTACH reads all of DEFAULT while its readers and writers wait: 100 MB take about a second from a slow disk.
    large := filled AND felt IS NOT NULL AND (SELECT sum(pg_relation_size(relid)) FROM pg_partition_tree(k.default_partition)) > 100 * 1024 * 1024;
  END IF;
  FOR m IN SELECT * FROM missing_partitions(parent, width, epoch, time_zone, first_local, last_local) LOOP
    IF filled THEN
      EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I >= %L::%s AND %I < %L::%s)', k.default_partition, k.name, m.lower_bound, k.type, k.name, m.upper_bound, k.type) INTO there;
      IF there OR large THEN
        RETURN QUERY SELECT NULL::text, m.lower_bound, m.upper_bound, format('not made: the DEFAULT partition %s %s; drainDefault gives them partitions of their own', k.default_partition,
          CASE WHEN there THEN 'holds rows of this range' ELSE 'holds so many rows that reading them would keep the application waiting' END);
        CONTINUE;
      END IF;
    END IF;
    IF clock_timestamp() - first > felt THEN RETURN QUERY SELECT NULL::text, m.lower_bound, m.upper_bound, 'left for the next run'; CONTINUE; END IF;
    name := partition_name(spot.oid, table_name, pattern, m.beginning);
    IF felt IS NULL THEN
      PERFORM make_partition(parent, name, m.lower_bound, m.upper_bound, options, false);
      RETURN QUERY SELECT format('%I.%I', spot.nspname, name), m.lower_bound, m.upper_bound, 'made';
      CONTINUE;
    END IF;
    IF locks_others THEN first := coalesce(first, clock_timestamp()); END IF;
    BEGIN
      PERFORM make_partition(parent, name, m.lower_bound, m.upper_bound, options, true);
      RETURN QUERY SELECT format('%I.%I', spot.nspname, name), m.lower_bound, m.upper_bound, 'made';
    EXCEPTION
      WHEN lock_not_available OR deadlock_detected THEN
        RETURN QUERY SELECT NULL::text, m.lower_bound, m.upper_bound, 'skipped: lock not obtained';
      WHEN check_violation THEN        -- a row has come to DEFAULT in between
        RETURN QUERY SELECT NULL::text, m.lower_bound, m.upper_bound, format('not made: the DEFAULT partition %s holds rows of this range; drainDefault gives them partitions of their own', k.default_partition);
      WHEN invalid_object_definition THEN  -- somebody has made a partition of this range in between
        GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
        RETURN QUERY SELECT NULL::text, m.lower_bound, m.upper_bound, 'skipped: ' || err;
      WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
        RETURN QUERY SELECT NULL::text, m.lower_bound, m.upper_bound, 'failed: ' || err;
    END;
  END LOOP;
END $$;
