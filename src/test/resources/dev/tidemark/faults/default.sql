-- The same, all but the newest days in the DEFAULT partition.
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    body text NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX events_at ON events (at DESC);
DO $$
DECLARE
    day timestamptz := date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
BEGIN
    FOR i IN 0..3 LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF events FOR VALUES FROM (%L) TO (%L)',
                       'events_' || i, day + i * interval '24 hours', day + (i + 1) * interval '24 hours');
    END LOOP;
END
$$;
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO events (id, at, body)
SELECT n, (date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') - n * interval '30 seconds', repeat(md5(n::text), 6) FROM generate_series(1, 30000) AS n;
VACUUM ANALYZE events;
