-- How sets of partitions are. By hand, after managing.sql: psql -v schema=tidemark -f health.sql. Repeatable. Counts no rows.

-- Tables that look as if they had been partitions of it: beside it or where retention moves them, with its columns and owner, and with the CHECK that
-- DETACH … CONCURRENTLY leaves, or with a name that the pattern could have given. For people to look at; nothing is done by it.
CREATE OR REPLACE FUNCTION :"schema".forgotten_partitions(parent regclass) RETURNS SETOF regclass
LANGUAGE sql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT c.oid::regclass
    FROM partition_set s JOIN pg_class p ON p.oid = s.relation JOIN pg_class c ON c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.oid <> p.oid AND c.relowner = p.relowner
   WHERE s.relation = parent AND c.relnamespace IN (p.relnamespace, (SELECT n.oid FROM pg_namespace n WHERE n.nspname = s.retention_schema))
     AND left(c.relname, length(split_part(replace(s.name_pattern, '{table}', left(p.relname, 40)), '{', 1))) = split_part(replace(s.name_pattern, '{table}', left(p.relname, 40)), '{', 1)
     AND NOT EXISTS (SELECT FROM detached_partition d WHERE d.relation = c.oid) AND NOT EXISTS (SELECT FROM partition_set o WHERE o.relation = c.oid)
     AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
     AND same_columns(c.oid, p.oid)
   ORDER BY 1
$$;

-- One set. Red: rows of now, or of the next three days at most, have no partition, so that inserts fail or land in DEFAULT; whoever looks once a day
-- hears of it 48 hours before. A premake that is shorter than that: as soon as there has been less ahead for an hour than it promises. Whoever may read the
-- view, partition_set, hold and detached_partition and call may_drop and kept_because may ask.
CREATE OR REPLACE FUNCTION :"schema".health_of(set_relation regclass)
RETURNS TABLE (relation regclass, verdict text, reason text, days_ahead numeric, covered_until timestamptz, gaps text[], default_filled boolean, default_row_estimate bigint,
  oldest timestamptz, newest timestamptz, partitions bigint, bytes bigint, next_drop regclass, next_drop_at timestamptz, overdue bigint, orphans regclass[])
LANGUAGE plpgsql STABLE SET timezone = 'UTC' SET datestyle = 'ISO' SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  s partition_set; k record; p record; moment timestamptz := clock_timestamp(); local_now timestamp; promise timestamptz; previous_end numeric; previous_text text; now_position numeric;
  red text[] := '{}'; yellow text[] := '{}'; pending bigint := 0; maker_owner oid; why text; empty regclass;
BEGIN
 BEGIN
  SELECT * INTO s FROM partition_set t WHERE t.relation = set_relation;
  SELECT * INTO k FROM partition_key(set_relation);
  relation := set_relation; gaps := '{}';
  IF k.type IS NULL THEN
    verdict := 'red'; reason := CASE WHEN EXISTS (SELECT FROM pg_class c WHERE c.oid = set_relation) THEN 'the table has no partitions by one column' ELSE 'the table is gone; forget_partitions takes it off the list' END;
    RETURN NEXT; RETURN;
  END IF;
  local_now := moment AT TIME ZONE s.time_zone;
  -- an hour after the turn of an interval whoever makes them should have been there
  promise := local_moment(interval_start(local_now - interval '1 hour', s.width) + (s.premake + 1) * s.width, s.time_zone);
  now_position := CASE WHEN k.type = 'timestamptz'::regtype THEN extract(epoch FROM moment) WHEN s.epoch IS NULL THEN bound_position(local_bound(local_now, k.type, s.time_zone, NULL), k.type) ELSE floor(extract(epoch FROM moment) * epoch_units(s.epoch)) END;
  FOR p IN SELECT * FROM partitions_of(set_relation) LOOP
    IF p.pending THEN pending := pending + 1; CONTINUE; END IF;
    partitions := coalesce(partitions, 0) + 1;
    IF previous_end IS NULL THEN oldest := bound_moment(p.lower_bound, k.type, s.time_zone, s.epoch);
    ELSIF p.low > previous_end THEN gaps := gaps || format('%s – %s', previous_text, p.lower_bound); END IF;
    -- the stretch without a gap that now lies in
    IF p.low <= now_position AND p.high > now_position OR covered_until IS NOT NULL AND p.low = previous_end AND bound_moment(p.lower_bound, k.type, s.time_zone, s.epoch) = covered_until THEN
      covered_until := bound_moment(p.upper_bound, k.type, s.time_zone, s.epoch);
    END IF;
    previous_end := p.high; previous_text := p.upper_bound; newest := bound_moment(p.upper_bound, k.type, s.time_zone, s.epoch);
  END LOOP;
  partitions := coalesce(partitions, 0);
  days_ahead := CASE WHEN covered_until = 'infinity' THEN 'Infinity' ELSE coalesce(round(extract(epoch FROM covered_until - moment) / 86400, 1), 0) END;
  bytes := (SELECT coalesce(sum(pg_total_relation_size(t.relid)), 0) FROM pg_partition_tree(set_relation) t WHERE t.isleaf);
  default_filled := false;
  IF k.default_partition IS NOT NULL THEN
    -- who may not read it has to believe its size
    IF has_table_privilege(k.default_partition, 'SELECT') THEN EXECUTE format('SELECT EXISTS (SELECT FROM %s)', k.default_partition) INTO default_filled;
    ELSE default_filled := (SELECT sum(pg_relation_size(t.relid)) > 0 FROM pg_partition_tree(k.default_partition) t); END IF;
    default_row_estimate := (SELECT sum(greatest(c.reltuples, 0)) FROM pg_partition_tree(k.default_partition) t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf);
  END IF;
  SELECT q.part, greatest(moment, ((bound_moment(q.upper_bound, k.type, s.time_zone, s.epoch) AT TIME ZONE s.time_zone) + s.retention) AT TIME ZONE s.time_zone) INTO next_drop, next_drop_at
    FROM partitions_of(set_relation) q WHERE s.retention IS NOT NULL AND NOT q.pending AND bound_moment(q.upper_bound, k.type, s.time_zone, s.epoch) < 'infinity' ORDER BY q.high LIMIT 1;
  -- what has to happen besides time
  why := CASE WHEN s.retention_paused THEN 'paused until the conversion is finalized'
              WHEN next_drop_at <= moment THEN 'held: ' || kept_because(set_relation, (SELECT bound_moment(q.upper_bound, k.type, s.time_zone, s.epoch) FROM partitions_of(set_relation) q WHERE q.part = next_drop)) END;
  IF why LIKE 'held: %' THEN next_drop_at := NULL; END IF;
  SELECT q.part INTO empty FROM partitions_of(set_relation) q JOIN pg_class c ON c.oid = q.part AND c.relkind = 'p'
   WHERE NOT q.pending AND q.high > now_position AND NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = q.part) ORDER BY q.low LIMIT 1;
  SELECT count(*) FILTER (WHERE v.attached AND v.verdict IN ('drop', 'detach', 'move') AND v.ends + coalesce(s.retention, interval '0') < moment - interval '1 day') INTO overdue FROM partition_retention_preview(set_relation) v;
  orphans := ARRAY(SELECT forgotten_partitions(set_relation)) || ARRAY(SELECT d.relation FROM detached_partition d JOIN pg_class c ON c.oid = d.relation AND NOT c.relispartition
    WHERE d.parent = set_relation AND d.detached_at + s.retention_grace < moment - interval '1 day' ORDER BY d.relation::text);
  IF covered_until IS NULL THEN red := red || format('there is no partition for rows of now%s', CASE WHEN k.default_partition IS NULL THEN ': inserts fail' ELSE ': they go to DEFAULT' END);
  ELSIF covered_until < least(moment + interval '3 days', promise) THEN red := red || format('partitions end at %s, in %s days', covered_until, days_ahead);
  ELSIF covered_until < promise THEN yellow := yellow || format('partitions end at %s, those up to %s are missing', covered_until, promise); END IF;
  IF pending > 0 THEN red := red || format('%s interrupted DETACH CONCURRENTLY: its range takes no rows', pending); END IF;
  IF empty IS NOT NULL THEN red := red || format('%s is partitioned itself and has no partition: inserts into it fail', empty); END IF;
  IF default_filled THEN yellow := yellow || format('DEFAULT holds about %s rows', default_row_estimate); END IF;
  IF gaps <> '{}' THEN yellow := yellow || format('%s gaps between partitions, the first %s', cardinality(gaps), gaps[1]); END IF;
  IF overdue > 0 THEN yellow := yellow || format('retention is overdue for %s partitions', overdue); END IF;
  IF orphans <> '{}' THEN yellow := yellow || format('%s former partitions that nobody drops, the first %s', cardinality(orphans), orphans[1]); END IF;
  IF s.retention_mode = 'move' AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = s.retention_schema) THEN yellow := yellow || format('schema %I, where retention moves partitions, does not exist', s.retention_schema); END IF;
  SELECT p.proowner INTO maker_owner FROM pg_proc p WHERE p.oid = function_made(s.maker);
  IF NOT pg_has_role(maker_owner, (SELECT c.relowner FROM pg_class c WHERE c.oid = set_relation), 'USAGE') THEN
    yellow := yellow || format('the functions beside it work by the rights of %I, who does not own it: SELECT %I.renew_functions(%L)', pg_get_userbyid(maker_owner), current_schema(), set_relation);
  END IF;
  verdict := CASE WHEN red <> '{}' THEN 'red' WHEN yellow <> '{}' THEN 'yellow' ELSE 'green' END;
  reason := CASE WHEN red || yellow = '{}' THEN format('partitions up to %s', covered_until) ELSE array_to_string(red || yellow, '; ') END || coalesce('; retention of ' || next_drop || ' is ' || why, '');
 EXCEPTION WHEN OTHERS THEN        -- of one set nothing can be told; of the others it can
  verdict := 'red'; reason := 'how it is cannot be told: ' || SQLERRM;
 END;
  RETURN NEXT;
END $$;

CREATE OR REPLACE VIEW :"schema".partition_health AS
  SELECT h.* FROM :"schema".partition_set s, LATERAL :"schema".health_of(s.relation) h WHERE NOT s.suspended ORDER BY s.relation::text;
COMMENT ON VIEW :"schema".partition_health IS 'Tidemark: how the sets of partitions are that it manages';
