-- Native partitions by time: which there are, which are missing, by the calendar of a zone, and making them. Installed with the journal.
-- By hand, after retention.sql: psql -v schema=tidemark -f partitions.sql. Repeatable. What exists is asked of the catalog by bounds, never by names.

-- Widths whose intervals meet at the same moments for ever: whole months that divide a year, whole years, whole days, hours or minutes that divide a day.
CREATE OR REPLACE FUNCTION :"schema".is_width(width interval) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN m.months > 0 THEN extract(epoch FROM width - m.months * interval '1 month') = 0 AND (12 % m.months = 0 OR m.months % 12 = 0)
              WHEN m.months < 0 OR extract(epoch FROM width) <= 0 THEN false
              ELSE extract(epoch FROM width) % 86400 = 0 OR 86400 % extract(epoch FROM width) = 0 AND extract(epoch FROM width) % 60 = 0 AND extract(day FROM width) = 0 END
    FROM (SELECT (extract(year FROM width) * 12 + extract(month FROM width))::integer AS months) AS m
$$;

-- One row per partitioned table. regclass: it follows ALTER TABLE … RENAME / SET SCHEMA, pg_dump writes it as a name, pg_upgrade allows it.
CREATE TABLE IF NOT EXISTS :"schema".partition_set (
  relation         regclass PRIMARY KEY,
  width            interval NOT NULL CHECK (:"schema".is_width(width)),                           -- months that divide a year or whole years, whole days, or hours or minutes that divide a day
  epoch            text CHECK (epoch IN ('s', 'ms', 'us', 'ns')),  -- unit of an integer time column, else NULL
  time_zone        text NOT NULL DEFAULT 'UTC',                 -- whose days and months they are, and in which timestamps without time zone are read
  premake          integer NOT NULL DEFAULT 30 CHECK (premake BETWEEN 0 AND 10000),  -- intervals after the present one
  name_pattern     text NOT NULL,
  options          text[] NOT NULL DEFAULT '{}',                -- storage parameters, which a partitioned table has none of
  retention        interval CHECK (retention > interval '0'),
  retention_mode   text NOT NULL DEFAULT 'drop' CHECK (retention_mode IN ('drop', 'detach', 'move')),
  retention_grace  interval CHECK (retention_grace > interval '0'),  -- of detached and moved ones; NULL keeps them
  retention_schema name,
  retention_paused boolean NOT NULL DEFAULT false,              -- until finalize; partitions are made all the same
  suspended        boolean NOT NULL DEFAULT false,              -- while a conversion has put another table in its place
  maker            text,                                        -- signatures of the functions beside the table
  dropper          text,
  CHECK ((retention_mode = 'move') = (retention_schema IS NOT NULL)),
  CHECK (retention_mode <> 'drop' OR retention_grace IS NULL)
);
COMMENT ON TABLE :"schema".partition_set IS 'Tidemark: partitioned tables whose partitions it makes ahead and lets go';

-- Bounds are texts as the catalog has them, in UTC. Their order as numbers: seconds for times, the value itself for integers.
CREATE OR REPLACE FUNCTION :"schema".bound_position(bound text, key_type regtype) RETURNS numeric
LANGUAGE sql STABLE SET timezone = 'UTC' SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN bound = 'MINVALUE' THEN '-Infinity'::numeric
              WHEN bound = 'MAXVALUE' THEN 'Infinity'::numeric
              WHEN key_type = 'timestamptz'::regtype THEN extract(epoch FROM bound::timestamptz)
              WHEN key_type IN ('timestamp'::regtype, 'date'::regtype) THEN extract(epoch FROM bound::timestamp)
              ELSE bound::numeric END
$$;

CREATE OR REPLACE FUNCTION :"schema".epoch_units(epoch text) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE epoch WHEN 's' THEN 1 WHEN 'ms' THEN 1e3 WHEN 'us' THEN 1e6 WHEN 'ns' THEN 1e9 END
$$;

-- The moment at which a bound lies; NULL for an integer without a unit.
CREATE OR REPLACE FUNCTION :"schema".bound_moment(bound text, key_type regtype, time_zone text, epoch text) RETURNS timestamptz
LANGUAGE sql STABLE SET timezone = 'UTC' SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT CASE WHEN bound = 'MINVALUE' THEN '-infinity'::timestamptz
              WHEN bound = 'MAXVALUE' THEN 'infinity'::timestamptz
              WHEN key_type = 'timestamptz'::regtype THEN bound::timestamptz
              WHEN key_type IN ('timestamp'::regtype, 'date'::regtype) THEN bound::timestamp AT TIME ZONE time_zone
              WHEN bound::numeric / epoch_units(epoch) > 9e12 THEN 'infinity'::timestamptz   -- beyond what a timestamp can be
              WHEN bound::numeric / epoch_units(epoch) < -2e11 THEN '-infinity'::timestamptz
              ELSE timestamptz 'epoch' + trunc(bound::numeric * 1e6 / epoch_units(epoch))::double precision * interval '1 microsecond' END
$$;

-- The moment of a local time: of one that the clocks leave out, the one at which they leave it out (AT TIME ZONE alone makes 03:15 of 02:15, so that
-- later lines of a calendar would come before earlier ones); of one that they show twice, the second.
CREATE OR REPLACE FUNCTION :"schema".local_moment(local_time timestamp, time_zone text) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN NOT isfinite(local_time) OR m.shown = local_time THEN m.moment
              ELSE coalesce((SELECT min(at) FROM generate_series(m.moment - (m.shown - local_time), m.moment, interval '1 minute') AS at
                              WHERE m.shown - (at AT TIME ZONE time_zone) = m.moment - at), m.moment) END
    FROM (SELECT local_time AT TIME ZONE time_zone AS moment, local_time AT TIME ZONE time_zone AT TIME ZONE time_zone AS shown) AS m
$$;

-- A local time by which the interval is found that a moment lies in: in the first of two hours that the clocks show twice, one from before them, because
-- the intervals that begin there begin in the second.
CREATE OR REPLACE FUNCTION :"schema".local_time(moment timestamptz, time_zone text) RETURNS timestamp
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT l.shown - greatest(l.shown AT TIME ZONE time_zone - moment, interval '0') FROM (SELECT moment AT TIME ZONE time_zone AS shown) AS l
$$;

-- A local time as the text of a bound. A time that the clocks leave out is the next one that there is.
CREATE OR REPLACE FUNCTION :"schema".local_bound(local_time timestamp, key_type regtype, time_zone text, epoch text) RETURNS text
LANGUAGE sql STABLE SET timezone = 'UTC' SET datestyle = 'ISO' SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT CASE key_type WHEN 'timestamptz'::regtype THEN local_moment(local_time, time_zone)::text
                       WHEN 'timestamp'::regtype THEN local_time::text
                       WHEN 'date'::regtype THEN local_time::date::text
                       ELSE floor(extract(epoch FROM local_moment(local_time, time_zone)) * epoch_units(epoch))::bigint::text END
$$;

-- The beginning of the interval that a local time lies in. Weeks begin on Mondays, as 3 January 2000 was one.
CREATE OR REPLACE FUNCTION :"schema".interval_start(local_time timestamp, width interval) RETURNS timestamp
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN months > 0
              THEN timestamp '2000-01-01' + (floor(((extract(year FROM local_time) - 2000) * 12 + extract(month FROM local_time) - 1) / months) * months)::integer * interval '1 month'
              ELSE date_bin(width, local_time, timestamp '2000-01-03') END
    FROM (SELECT (extract(year FROM width) * 12 + extract(month FROM width))::integer AS months) AS w
$$;

-- Type of the one column by which a table is partitioned by range; nothing where it is not.
CREATE OR REPLACE FUNCTION :"schema".partition_key(parent regclass, OUT name name, OUT type regtype, OUT default_partition regclass)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT a.attname, a.atttypid::regtype, nullif(p.partdefid, 0)::regclass
    FROM pg_partitioned_table p JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0]
   WHERE p.partrelid = parent AND p.partstrat = 'r' AND p.partnatts = 1
$$;

-- Every partition but DEFAULT, in order. `pending`: a DETACH … CONCURRENTLY was interrupted; its rows are seen by nobody, its range is still taken.
CREATE OR REPLACE FUNCTION :"schema".partitions_of(parent regclass)
RETURNS TABLE (part regclass, lower_bound text, upper_bound text, low numeric, high numeric, pending boolean)
LANGUAGE sql STABLE SET timezone = 'UTC' SET datestyle = 'ISO' SET search_path = :"schema", pg_catalog, pg_temp AS $$
  SELECT b.part, b.bounds[1], b.bounds[2], bound_position(b.bounds[1], k.type), bound_position(b.bounds[2], k.type), b.pending
    FROM partition_key(parent) AS k,
         (SELECT c.oid::regclass AS part, i.inhdetachpending AS pending,
                 regexp_match(translate(pg_get_expr(c.relpartbound, c.oid), '()''', ''), '^FOR VALUES FROM (.*) TO (.*)$') AS bounds
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = parent) AS b
   WHERE b.bounds IS NOT NULL
   ORDER BY 4
$$;

-- A name that no relation and no type of the schema has, of at most 63 bytes: the table's name is cut, then numbered.
CREATE OR REPLACE FUNCTION :"schema".partition_name(in_schema oid, table_name text, pattern text, beginning timestamp) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE stem text := CASE WHEN left(pattern, 7) = '{table}' THEN table_name ELSE '' END; tail text := replace(pattern, '{table}', ''); f text[]; candidate text; attempt int := 1;
BEGIN
  FOREACH f SLICE 1 IN ARRAY ARRAY[['{yyyy}', 'YYYY'], ['{MM}', 'MM'], ['{dd}', 'DD'], ['{HH}', 'HH24'], ['{mm}', 'MI'], ['{Q}', 'Q'], ['{ww}', 'IW']] LOOP
    tail := replace(tail, f[1], to_char(beginning, f[2]));
  END LOOP;
  LOOP
    candidate := tail || CASE WHEN attempt > 1 THEN '_' || attempt ELSE '' END;
    -- room for a number is kept from the first on, so that all names of a table are cut at one place
    WHILE octet_length(stem) > 63 - greatest(octet_length(tail) + 3, octet_length(candidate)) LOOP stem := left(stem, -1); END LOOP;
    candidate := stem || candidate;
    EXIT WHEN NOT EXISTS (SELECT FROM pg_class c WHERE c.relname = candidate AND c.relnamespace = in_schema)
          AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typname = candidate AND t.typnamespace = in_schema);
    attempt := attempt + 1;
  END LOOP;
  RETURN candidate;
END $$;
