-- Putting a partitioned table on the list and taking it off, with functions of its own beside it. By hand, after dropping.sql: psql -v schema=tidemark -f managing.sql. Repeatable.

CREATE OR REPLACE FUNCTION :"schema".function_body(calls text, signature text, argument text) RETURNS text
LANGUAGE sql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$ SELECT format('BEGIN RETURN QUERY SELECT * FROM %I.%I(%L, %I); END', current_schema(), calls, signature, argument) $$;

-- What the functions beside a table ask first: which table they were made for. It may have another name by now.
CREATE OR REPLACE FUNCTION :"schema".set_of(signature text) RETURNS regclass
LANGUAGE plpgsql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE s record;
BEGIN
  SELECT p.relation, p.suspended, c.oid, c.relowner INTO s FROM partition_set p LEFT JOIN pg_class c ON c.oid = p.relation WHERE signature IN (p.maker, p.dropper) ORDER BY p.suspended LIMIT 1;
  IF s.relation IS NULL THEN
    RAISE EXCEPTION '% has no table any more that Tidemark manages', signature USING HINT = format('DROP FUNCTION %s', signature);
  ELSIF s.oid IS NULL THEN
    RAISE EXCEPTION 'the table that % was made for is gone', signature USING HINT = format('SELECT %I.forget_partitions(%s); drops the function and takes the table off the list.', current_schema(), s.relation::oid);
  ELSIF s.suspended THEN
    RAISE EXCEPTION 'the table that % was made for has been replaced by a conversion and is called % now', signature, s.relation USING HINT = 'Rolling the conversion back brings it back.';
  ELSIF NOT pg_has_role(s.relowner, 'USAGE') THEN
    RAISE EXCEPTION '% belongs to %, by whose rights % does not work', s.relation, pg_get_userbyid(s.relowner), signature USING HINT = format('SELECT %I.renew_functions(%L) makes it work by the rights of the owner.', current_schema(), s.relation);
  END IF;
  RETURN s.relation;
END $$;

-- The function that was made under this signature, wherever it has been moved to and whatever it is called by now: what it says has stayed.
CREATE OR REPLACE FUNCTION :"schema".function_made(signature text) RETURNS regprocedure
LANGUAGE sql STABLE SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT p.oid::regprocedure FROM pg_proc p WHERE p.prosecdef AND p.prosrc IN (function_body('make_by', signature, 'days_ahead'), function_body('drop_by', signature, 'retention_days'))
   ORDER BY p.oid <> to_regprocedure(signature) NULLS LAST, p.oid LIMIT 1
$$;

CREATE OR REPLACE FUNCTION :"schema".make_by(signature text, days_ahead integer) RETURNS TABLE (part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE parent regclass := set_of(signature); zone text := (SELECT s.time_zone FROM partition_set s WHERE s.relation = parent);
BEGIN
  IF days_ahead BETWEEN 0 AND 1000000 IS NOT TRUE THEN RAISE EXCEPTION 'days_ahead is %; 0 or more are possible', coalesce(days_ahead::text, 'NULL'); END IF;
  RETURN QUERY SELECT m.part, m.lower_bound, m.upper_bound, m.outcome
    FROM make_between(parent, first_missing(parent), (clock_timestamp() AT TIME ZONE zone) + days_ahead * interval '1 day') m;
END $$;

CREATE OR REPLACE FUNCTION :"schema".drop_by(signature text, retention_days integer) RETURNS TABLE (part text, lower_bound text, upper_bound text, outcome text)
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE parent regclass := set_of(signature);
BEGIN
  IF retention_days BETWEEN 1 AND 1000000 IS NOT TRUE THEN RAISE EXCEPTION 'retention_days is %; 1 or more are possible', coalesce(retention_days::text, 'NULL'); END IF;
  RETURN QUERY SELECT r.part, r.lower_bound, r.upper_bound, r.outcome FROM apply_partition_retention(parent, retention_days * interval '1 day') r;
END $$;

-- A function beside a table, by its owner's rights, for whom the owner grants it to. Its name is cut to 63 bytes and numbered where somebody else's
-- function has it; one that a table left behind which a conversion has replaced is taken over, with its grants. Returns its signature.
CREATE OR REPLACE FUNCTION :"schema".function_beside(parent regclass, prefix text, argument text, calls text) RETURNS text
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE t record; g record; stem text; tail text; signature text; attempt int := 1; new boolean;
BEGIN
  SELECT n.nspname, c.relname, pg_get_userbyid(c.relowner) AS owner INTO t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = parent;
  LOOP
    tail := CASE WHEN attempt > 1 THEN '_' || attempt ELSE '' END || '_partitions';
    stem := t.relname;
    WHILE octet_length(prefix || stem || tail) > 63 LOOP stem := left(stem, -1); END LOOP;
    signature := format('%I.%I(integer)', t.nspname, prefix || stem || tail);
    new := to_regprocedure(signature) IS NULL;
    EXIT WHEN new OR EXISTS (SELECT FROM partition_set s WHERE signature IN (s.maker, s.dropper) AND (s.suspended OR s.relation = parent));
    attempt := attempt + 1;
  END LOOP;
  EXECUTE format('CREATE OR REPLACE FUNCTION %I.%I(%I integer) RETURNS TABLE (part text, lower_bound text, upper_bound text, outcome text) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
    t.nspname, prefix || stem || tail, argument, function_body(calls, signature, argument));
  IF new THEN
    EXECUTE format('COMMENT ON FUNCTION %s IS %L', signature, 'Tidemark: for ' || parent);
    FOR g IN SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
               FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE p.oid = to_regprocedure(signature) AND a.grantee <> p.proowner LOOP
      EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', signature, g.grantee);
    END LOOP;
    IF t.owner <> current_user THEN EXECUTE format('ALTER FUNCTION %s OWNER TO %I', signature, t.owner); END IF;
  END IF;
  RETURN signature;
END $$;

-- Its functions: made where they are missing, and again where the table belongs to somebody else by now. Whom they were granted to before was the former
-- owner's affair.
CREATE OR REPLACE FUNCTION :"schema".renew_functions(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE owner name := (SELECT pg_get_userbyid(c.relowner) FROM pg_class c WHERE c.oid = relation); f record; made regprocedure; g text;
BEGIN
  FOR f IN SELECT v.*, CASE v.calls WHEN 'make_by' THEN s.maker ELSE s.dropper END AS signature
             FROM partition_set s, (VALUES ('create_future_', 'days_ahead', 'make_by'), ('drop_old_', 'retention_days', 'drop_by')) AS v(prefix, argument, calls) WHERE s.relation = renew_functions.relation LOOP
    made := function_made(f.signature);
    IF (SELECT pg_get_userbyid(p.proowner) <> owner FROM pg_proc p WHERE p.oid = made) THEN
      EXECUTE format('DROP FUNCTION %s', made);
      made := NULL;
    END IF;
    IF made IS NULL THEN
      f.signature := function_beside(relation, f.prefix, f.argument, f.calls);
      UPDATE partition_set s SET maker = CASE f.calls WHEN 'make_by' THEN f.signature ELSE s.maker END, dropper = CASE f.calls WHEN 'drop_by' THEN f.signature ELSE s.dropper END
       WHERE s.relation = renew_functions.relation;
    END IF;
  END LOOP;
  IF NOT has_schema_privilege(owner, current_schema(), 'USAGE') THEN EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), owner); END IF;
  FOREACH g IN ARRAY ARRAY['SELECT ON partition_set', 'SELECT ON hold', 'SELECT ON detached_partition', 'INSERT ON detached_partition', 'DELETE ON detached_partition'] LOOP
    IF NOT has_table_privilege(owner, split_part(g, ' ', 3), split_part(g, ' ', 1)) THEN EXECUTE format('GRANT %s TO %I', g, owner); END IF;
  END LOOP;
  FOR g IN SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND p.proname IN ('may_drop', 'kept_because') AND NOT has_function_privilege(owner, p.oid, 'EXECUTE') LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', g, owner);
  END LOOP;
END $$;

-- Puts a table that is partitioned by range of one time column on the list, or changes what is on it.
CREATE OR REPLACE FUNCTION :"schema".manage_partitions(relation regclass, width interval DEFAULT interval '1 day', epoch text DEFAULT NULL, time_zone text DEFAULT 'UTC', premake integer DEFAULT 30,
  name_pattern text DEFAULT NULL, options text[] DEFAULT '{}', retention interval DEFAULT NULL, retention_mode text DEFAULT 'drop', retention_grace interval DEFAULT NULL, retention_schema name DEFAULT NULL, paused boolean DEFAULT false)
RETURNS void LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
  key_type regtype := (partition_key(relation)).type;
  integers CONSTANT regtype[] := ARRAY['int8', 'int4', 'int2']::regtype[];
  months int := extract(year FROM width) * 12 + extract(month FROM width);
BEGIN
  IF key_type IS NULL OR key_type <> ALL (integers || ARRAY['timestamptz', 'timestamp', 'date']::regtype[]) THEN
    RAISE EXCEPTION '% is not partitioned by the range of one column that is a time or an integer', relation;
  ELSIF (key_type = ANY (integers)) <> (epoch IS NOT NULL) THEN
    RAISE EXCEPTION '% is partitioned by %: epoch must be %', relation, key_type, CASE WHEN epoch IS NULL THEN 'the unit of the integers: s, ms, us or ns' ELSE 'left out' END;
  END IF;
  IF is_width(width) IS NOT TRUE THEN
    RAISE EXCEPTION 'partitions of % cannot be % wide', relation, coalesce(width::text, 'NULL')
      USING ERRCODE = 'TM104', HINT = 'Possible are months that divide a year, whole years, whole days, and hours or minutes that divide a day.';
  ELSIF key_type = 'date'::regtype AND date_trunc('day', width) <> width THEN
    RAISE EXCEPTION 'partitions of % cannot be % wide: a date knows whole days only', relation, width USING ERRCODE = 'TM104', HINT = 'Set a width of whole days, months or years.';
  ELSIF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE lower(z.name) = lower(time_zone)) THEN
    -- '+02' is one for PostgreSQL, two hours west of Greenwich
    RAISE EXCEPTION 'time zone "%" not recognized', coalesce(time_zone, 'NULL') USING ERRCODE = 'TM170', HINT = 'Spell it like Europe/Berlin.';
  END IF;
  INSERT INTO partition_set AS p (relation, width, epoch, time_zone, premake, name_pattern, options, retention, retention_mode, retention_grace, retention_schema, retention_paused)
  VALUES (relation, width, epoch, time_zone, premake,
    coalesce(name_pattern, CASE WHEN months > 0 THEN CASE WHEN months % 12 = 0 THEN '{table}_y{yyyy}' ELSE '{table}_y{yyyy}m{MM}' END
                                WHEN date_trunc('day', width) = width THEN '{table}_y{yyyy}m{MM}d{dd}'
                                WHEN date_trunc('hour', width) = width THEN '{table}_y{yyyy}m{MM}d{dd}h{HH}' ELSE '{table}_y{yyyy}m{MM}d{dd}h{HH}m{mm}' END),
    options, retention, retention_mode, retention_grace, retention_schema, paused)
  ON CONFLICT ON CONSTRAINT partition_set_pkey DO UPDATE SET width = excluded.width, epoch = excluded.epoch, time_zone = excluded.time_zone, premake = excluded.premake, name_pattern = excluded.name_pattern,
    options = excluded.options, retention = excluded.retention, retention_mode = excluded.retention_mode, retention_grace = excluded.retention_grace, retention_schema = excluded.retention_schema,
    retention_paused = excluded.retention_paused, suspended = false;
  PERFORM renew_functions(relation);
END $$;

-- Takes a table off the list; all partitions stay, the detached ones too. NULL and tables that are not on it are no error.
CREATE OR REPLACE FUNCTION :"schema".forget_partitions(relation regclass) RETURNS void
LANGUAGE plpgsql SET search_path = :"schema", pg_catalog, pg_temp AS $$
DECLARE signature text;
BEGIN
  FOR signature IN SELECT unnest(ARRAY[s.maker, s.dropper]) FROM partition_set s WHERE s.relation = forget_partitions.relation LOOP
    IF function_made(signature) IS NOT NULL AND NOT EXISTS (SELECT FROM partition_set s WHERE s.relation <> forget_partitions.relation AND signature IN (s.maker, s.dropper)) THEN
      EXECUTE format('DROP FUNCTION %s', function_made(signature));
    END IF;
  END LOOP;
  DELETE FROM detached_partition d WHERE d.parent = forget_partitions.relation;
  DELETE FROM partition_set s WHERE s.relation = forget_partitions.relation;
END $$;

-- While another table has its place nobody makes or drops anything of it; its functions say so, unless its successor takes them over.
CREATE OR REPLACE FUNCTION :"schema".suspend_partitions(relation regclass) RETURNS void
LANGUAGE sql SET search_path = :"schema", pg_catalog, pg_temp AS $$ UPDATE partition_set s SET suspended = true WHERE s.relation = $1 $$;

CREATE OR REPLACE FUNCTION :"schema".resume_partitions(relation regclass) RETURNS void
LANGUAGE sql SET search_path = :"schema", pg_catalog, pg_temp AS $$ UPDATE partition_set s SET suspended = false WHERE s.relation = $1 $$;
