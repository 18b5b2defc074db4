-- Partitions of three days before and two after today, and older rows in DEFAULT. The counting reads stay cheap, so that the load is the writer's.
CREATE TABLE base AS SELECT date_trunc('hour', now()) AS base;
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    body text DEFAULT 'x',
    CONSTRAINT events_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX events_at ON events (at DESC);
DO $$
DECLARE
    day timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
BEGIN
    FOR i IN -4..2 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                       'events_' || (i + 4), day + i * interval '24 hours', day + (i + 1) * interval '24 hours');
    END LOOP;
    CREATE TABLE events_default PARTITION OF events DEFAULT;
    INSERT INTO events (id, at) SELECT n, base - n * interval '1 minute' FROM base, generate_series(0, 3999) AS n;
    INSERT INTO events (id, at)
    SELECT 100000 + n, day - interval '200 hours' + n * interval '8 seconds' FROM generate_series(0, 29999) AS n;
END
$$;
CREATE FUNCTION seeds(below bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    found_rows bigint;
BEGIN
    SELECT count(*) INTO found_rows FROM events WHERE id < below;
    RETURN found_rows;
END
$$;
VACUUM ANALYZE;
