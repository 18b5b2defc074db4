-- Retention of native partitions. By hand, after upkeep.sql: psql -v schema=tidemark -f dropping.sql. Repeatable.

-- Whether two tables have the same columns, in whatever order.
CREATE OR REPLACE FUNCTION :"schema".same_columns(one regclass, other regclass) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT (SELECT array_agg((a.attname, a.atttypid, a.atttypmod)::text ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = one AND a.attnum > 0 AND NOT a.attisdropped)
       = (SELECT array_agg((a.attname, a.atttypid, a.atttypmod)::text ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = other AND a.attnum > 0 AND NOT a.attisdropped)
$$;

-- Partitions past their retention, and former ones past their grace, oldest first: what apply_partition_retention would do now. `keep` is taken instead of the set's own retention.
CREATE OR REPLACE FUNCTION :"schema".partition_retention_preview(only_relation regclass DEFAULT NULL, keep interval DEFAULT NULL)
RETURNS TABLE (relation regclass, part regclass, lower_bound text, upper_bound text, ends timestamptz, row_estimate bigint, bytes bigint, attached boolean, verdict text)
LANGUAGE sql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
  WITH managed AS (SELECT s.*, k.type FROM partition_set s, partition_key(s.relation) k WHERE NOT s.suspended AND (only_relation IS NULL OR s.relation = only_relation)),
  due AS (
    SELECT s.relation, p.part, p.lower_bound, p.upper_bound, bound_moment(p.upper_bound, s.type, s.time_zone, s.epoch) AS ends, true AS attached, s.retention_paused, s.retention_mode AS wish
      FROM managed s, partitions_of(s.relation) p
     -- days and months are counted in the set's zone, not in the session's
     WHERE NOT p.pending AND (bound_moment(p.upper_bound, s.type, s.time_zone, s.epoch) IS NULL AND coalesce(keep, s.retention) IS NOT NULL
        OR bound_moment(p.upper_bound, s.type, s.time_zone, s.epoch) <= ((now() AT TIME ZONE s.time_zone) - coalesce(keep, s.retention)) AT TIME ZONE s.time_zone)
    UNION ALL
    SELECT s.relation, d.relation, d.lower_bound, d.upper_bound, d.ends, false, s.retention_paused, 'drop'
      FROM managed s JOIN detached_partition d ON d.parent = s.relation JOIN pg_class c ON c.oid = d.relation AND NOT c.relispartition
     -- one that is called otherwise by now was renamed, or is somebody else's table (see the column's comment)
     WHERE d.detached_at + s.retention_grace <= now() AND (d.name = d.relation::text OR same_columns(d.relation, s.relation)))
  SELECT d.relation, d.part, d.lower_bound, d.upper_bound, d.ends, (SELECT sum(nullif(c.reltuples, -1))::bigint FROM pg_partition_tree(d.part) t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf),
         (SELECT sum(pg_total_relation_size(t.relid))::bigint FROM pg_partition_tree(d.part) t), d.attached,
         CASE WHEN d.ends IS NULL THEN 'integer time column without epoch unit'
              ELSE coalesce('held: ' || kept_because(d.relation, d.ends), CASE WHEN d.retention_paused THEN 'paused' ELSE d.wish END) END
    FROM due d ORDER BY d.ends, d.relation::text
$$;

-- The foreign key by which rows of a partition are referenced, in words; NULL where none is. Asked before anybody waits: DETACH asks again, while
-- everybody does, so where the answer took longer than `limit_of` it is none.
CREATE OR REPLACE FUNCTION :"schema".referenced_by(part regclass, limit_of interval) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE k record; found_one boolean; began timestamptz;
BEGIN
  FOR k IN SELECT c.conrelid::regclass AS child, coalesce((SELECT t.conname FROM pg_constraint t WHERE t.oid = c.conparentid), c.conname) AS name,
                  (SELECT string_agg(format('f.%I = p.%I', a.attname, b.attname), ' AND ') FROM unnest(c.conkey, c.confkey) AS u(child, parent)
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.child JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = u.parent) AS match
             FROM pg_constraint c WHERE c.contype = 'f' AND c.confrelid = part AND c.conparentid <> 0 LOOP
    began := clock_timestamp();
    EXECUTE format('SELECT EXISTS (SELECT FROM %s AS f JOIN %s AS p ON %s)', k.child, part, k.match) INTO found_one;
    IF found_one THEN RETURN format('rows of it are referenced by foreign key %I of %s', k.name, k.child); END IF;
    IF clock_timestamp() - began > limit_of THEN
      RETURN format('whether rows of it are referenced by foreign key %I of %s takes %s to find out, while everybody would wait; an index on its columns helps', k.name, k.child, clock_timestamp() - began);
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

-- Detaches one and does with it what the set wants. Returns what it did.
CREATE OR REPLACE FUNCTION :"schema".let_go(parent regclass, part regclass, lower_bound text, upper_bound text, ends timestamptz, attached boolean, wish text, to_schema name) RETURNS text
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE original text; stem text; spare text; attempt int := 1;
BEGIN
  IF attached THEN EXECUTE format('ALTER TABLE %s DETACH PARTITION %s', parent, part); END IF;
  IF wish = 'drop' THEN
    EXECUTE format('DROP TABLE %s', part);
    DELETE FROM detached_partition d WHERE d.relation = part;
    RETURN 'dropped';
  END IF;
  IF wish = 'detach' THEN
    INSERT INTO detached_partition (relation, parent, lower_bound, upper_bound, ends, name) VALUES (part, parent, lower_bound, upper_bound, ends, part::text);
    RETURN 'detached';
  END IF;
  SELECT c.relname INTO original FROM pg_class c WHERE c.oid = part;
  spare := original;
  -- A name that is free there, and here too, because it is given before the move.
  WHILE EXISTS (SELECT FROM pg_namespace n, LATERAL (SELECT c.relname FROM pg_class c WHERE c.relnamespace = n.oid AND c.oid <> part UNION ALL SELECT t.typname FROM pg_type t WHERE t.typnamespace = n.oid AND t.typrelid <> part) x
                 WHERE x.relname = spare AND (n.nspname = to_schema OR spare <> original AND n.oid = (SELECT c.relnamespace FROM pg_class c WHERE c.oid = part))) LOOP
    attempt := attempt + 1; stem := original;
    WHILE octet_length(stem || '_' || attempt) > 63 LOOP stem := left(stem, -1); END LOOP;
    spare := stem || '_' || attempt;
  END LOOP;
  IF spare <> original THEN EXECUTE format('ALTER TABLE %s RENAME TO %I', part, spare); END IF;
  EXECUTE format('ALTER TABLE %s SET SCHEMA %I', part, to_schema);
  INSERT INTO detached_partition (relation, parent, lower_bound, upper_bound, ends, name) VALUES (part, parent, lower_bound, upper_bound, ends, part::text);
  RETURN format('moved to %I.%I', to_schema, spare);
END $$;

-- Whether something that was due is so no longer, in words; NULL where it still is. Asked with the table locked: while others kept us waiting somebody may have
-- decided otherwise, as a conversion does. Nobody can until the transaction ends. As the journal's owner, because the lock needs more than SELECT.
CREATE OR REPLACE FUNCTION :"schema".no_longer_due(parent regclass, part regclass, ends timestamptz, attached boolean, wish text, keep interval) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE s partition_set;
BEGIN
  SELECT * INTO s FROM partition_set p WHERE p.relation = parent FOR SHARE;
  RETURN CASE WHEN s.relation IS NULL OR s.suspended THEN 'it is no longer managed'
              WHEN s.retention_paused THEN 'paused'
              WHEN attached AND wish <> s.retention_mode THEN 'the retention was changed meanwhile'
              WHEN attached AND ends <= ((now() AT TIME ZONE s.time_zone) - coalesce(keep, s.retention)) AT TIME ZONE s.time_zone THEN NULL
              WHEN NOT attached AND EXISTS (SELECT FROM detached_partition d WHERE d.relation = part AND d.parent = no_longer_due.parent AND d.detached_at + s.retention_grace <= now()) THEN NULL
              ELSE 'the retention was changed meanwhile' END;
END $$;

-- Does what partition_retention_preview says of one set, oldest first. `max_pause`: for how long locks that somebody feels may be held from now on.
CREATE OR REPLACE FUNCTION :"schema".let_go_due(parent regclass, keep interval, max_pause interval)
RETURNS TABLE (part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET lock_timeout = '500ms' SET timezone = 'UTC' SET datestyle = 'ISO' SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE k record; first timestamptz; err text; answer text; name text; to_schema name := (SELECT s.retention_schema FROM partition_set s WHERE s.relation = parent);
BEGIN
  IF NOT lock_set(parent) THEN RETURN QUERY SELECT NULL::text, NULL::text, NULL::text, 'another session is at work on it'; RETURN; END IF;
  RETURN QUERY SELECT * FROM finish_detaches(parent);
  DELETE FROM detached_partition d WHERE d.parent = let_go_due.parent AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = d.relation AND NOT c.relispartition);
  FOR k IN SELECT v.* FROM partition_retention_preview(parent, keep) v LOOP
    name := k.part::text;
    IF k.verdict IN ('drop', 'detach', 'move') IS NOT TRUE THEN RETURN QUERY SELECT name, k.lower_bound, k.upper_bound, k.verdict; CONTINUE; END IF;
    IF clock_timestamp() - coalesce(first, clock_timestamp()) > max_pause THEN RETURN QUERY SELECT name, k.lower_bound, k.upper_bound, 'left for the next run'; CONTINUE; END IF;
    BEGIN
      IF k.attached THEN
        answer := referenced_by(k.part, max_pause);
        IF answer IS NOT NULL THEN RETURN QUERY SELECT name, k.lower_bound, k.upper_bound, 'held back: ' || answer; CONTINUE; END IF;
      END IF;
      first := coalesce(first, clock_timestamp());
      IF k.attached THEN EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent); END IF;
      answer := no_longer_due(parent, k.part, k.ends, k.attached, k.verdict, keep);
      IF answer IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = 'TM409', MESSAGE = answer; END IF;   -- which lets the lock go
      RETURN QUERY SELECT name, k.lower_bound, k.upper_bound, let_go(parent, k.part, k.lower_bound, k.upper_bound, k.ends, k.attached, k.verdict, to_schema);
    EXCEPTION
      WHEN lock_not_available OR deadlock_detected THEN
        RETURN QUERY SELECT name, k.lower_bound, k.upper_bound, 'skipped: lock not obtained';
      WHEN SQLSTATE 'TM409' THEN
        RETURN QUERY SELECT name, k.lower_bound, k.upper_bound, 'skipped: ' || SQLERRM;
      WHEN OTHERS THEN               -- one partition's obstacle (a view of it, a row that has come to reference it) must not keep the others from their turn
        GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
        RAISE WARNING 'partition % of % that ends at % not let go: %', name, parent, k.upper_bound, err;
        RETURN QUERY SELECT name, k.lower_bound, k.upper_bound, 'failed: ' || err;
    END;
  END LOOP;
END $$;

-- Does what partition_retention_preview says, of one set or of all. Each partition waits at most 500 ms for its locks (as long as it waits, readers
-- wait behind it) and is skipped when it does not get them. Locks last to the end of the transaction: after `max_pause` the rest is left for the next
-- run. Of several runs at once one works on a set; a set that fails does not keep the others from their turn. Repeating it is harmless. Holds are as with
-- apply_retention.
CREATE OR REPLACE FUNCTION :"schema".apply_partition_retention(only_relation regclass DEFAULT NULL, keep interval DEFAULT NULL, max_pause interval DEFAULT interval '1 second')
RETURNS TABLE (relation regclass, part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE s record; l record; first timestamptz; began timestamptz; err text; pause interval := coalesce(max_pause, interval '1 second');
BEGIN
  IF keep <= interval '0' THEN RAISE EXCEPTION 'keep is %; it must be longer than zero, or partitions of now would go', keep; END IF;
  PERFORM lock_holds();
  FOR s IN SELECT p.* FROM partition_set p JOIN pg_class c ON c.oid = p.relation AND c.relkind = 'p'
            WHERE NOT p.suspended AND (only_relation IS NULL OR p.relation = only_relation) ORDER BY p.relation::text LOOP
    began := clock_timestamp();
    BEGIN
      FOR l IN SELECT * FROM let_go_due(s.relation, keep, pause - coalesce(began - first, interval '0')) LOOP
        IF l.outcome ~ '^(dropped|detached|moved)' THEN first := coalesce(first, began); END IF;   -- these locks last
        RETURN QUERY SELECT s.relation, l.part, l.lower_bound, l.upper_bound, l.outcome;
      END LOOP;
    EXCEPTION WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS err = MESSAGE_TEXT;
      RAISE WARNING 'retention of % not carried out: %', s.relation, err;
      RETURN QUERY SELECT s.relation, NULL::text, NULL::text, NULL::text, 'failed: ' || err;
    END;
  END LOOP;
END $$;
