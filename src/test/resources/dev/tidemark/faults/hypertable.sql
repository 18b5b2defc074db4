-- The same in a hypertable, with another chunk interval than the one that it gets.
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    body text NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (id, at)
);
SELECT create_hypertable('events', by_range('at', INTERVAL '2 days'), create_default_indexes => false);
CREATE INDEX events_at ON events (at DESC);
INSERT INTO events (id, at, body)
SELECT n, (date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') - n * interval '30 seconds', repeat(md5(n::text), 6) FROM generate_series(1, 30000) AS n;
VACUUM ANALYZE events;
