-- Start state of the scenario: a plain table that a job empties by DELETE, as the system had it that this scenario is taken from.
--   webhook_log     1,000,000 rows of 20 days up to now: serial key, jsonb, "timestamp without time zone" in UTC, a foreign key, two indexes
--   endpoints             200 rows
-- Every value is deterministic but for the days, which are relative to now.
--
-- Into an empty database, no extension needed:    psql -X -v ON_ERROR_STOP=1 -f before.sql       (about 15 s, 300 MB)
-- Ten times as much:                              PGOPTIONS='-c scenario.rows=10000000' psql -X -v ON_ERROR_STOP=1 -f before.sql
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE TABLE endpoints (id integer PRIMARY KEY, url text NOT NULL, active boolean NOT NULL DEFAULT true);
INSERT INTO endpoints (id, url) SELECT n, 'https://example.org/hooks/' || n FROM generate_series(1, 200) AS n;

CREATE TABLE webhook_log (
  id serial NOT NULL,
  "timestamp" timestamp without time zone NOT NULL DEFAULT (now() AT TIME ZONE 'UTC'),
  endpoint_id integer NOT NULL,
  event text NOT NULL,
  status integer NOT NULL,
  duration_ms integer,
  payload jsonb NOT NULL DEFAULT '{}',
  error text
);

-- Rows, evenly over the stretch, in the order in which they came.
INSERT INTO webhook_log ("timestamp", endpoint_id, event, status, duration_ms, payload, error)
SELECT date_trunc('milliseconds', hi - interval '20 days' * (1 - n::float8 / rows)), 1 + n % 200,
       (ARRAY['order.created', 'order.paid', 'order.shipped', 'refund.made'])[1 + n % 4], CASE WHEN n % 40 = 0 THEN 500 ELSE 200 END, n % 900,
       jsonb_build_object('order', n, 'items', n % 7, 'key', md5(n::text)), CASE WHEN n % 40 = 0 THEN 'timed out after ' || n % 900 || ' ms' END
  FROM (SELECT coalesce(nullif(current_setting('scenario.rows', true), ''), '1000000')::bigint AS rows, now() AT TIME ZONE 'UTC' AS hi) AS asked,
       LATERAL generate_series(1, rows) AS n;

ALTER TABLE webhook_log ADD CONSTRAINT webhook_log_pkey PRIMARY KEY (id);
CREATE INDEX idx_webhook_log_timestamp ON webhook_log ("timestamp" DESC);
CREATE INDEX idx_webhook_log_endpoint ON webhook_log (endpoint_id, "timestamp" DESC);
ALTER TABLE webhook_log ADD CONSTRAINT webhook_log_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES endpoints (id) ON DELETE CASCADE;
ANALYZE;
