-- Ten days of a plain table. Rows 1 to 5000 and those above 30000 are the application's, the others never change.
CREATE TABLE events (
    id bigint NOT NULL,
    at timestamptz NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    body text NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (id, at)
);
CREATE INDEX events_at ON events (at DESC);
INSERT INTO events (id, at, body)
SELECT n, (date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') - n * interval '30 seconds', repeat(md5(n::text), 6) FROM generate_series(1, 30000) AS n;
VACUUM ANALYZE events;
