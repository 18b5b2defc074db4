-- Start state of the scenario: two tables under pg_partman, one day a partition, as the system had them that this scenario is taken from.
--   raw_messages       483,063 rows: 7 days, 300 of them in the DEFAULT partition because they are older than the first day
--   fixes              277,949 rows: 7 days, two generated PostGIS columns, 9 indexes, 4 foreign keys, one of them to raw_messages
--   receiver_statuses    2,000 rows: a plain table that references raw_messages
-- Days are relative to today, in UTC; every value is deterministic.
--
-- Into an empty database:    psql -X -v ON_ERROR_STOP=1 -f before.sql       (about 25 s, 330 MB)
-- Four times as much:        PGOPTIONS='-c scenario.rows=1932252' psql -X -v ON_ERROR_STOP=1 -f before.sql
-- TimescaleDB is not created here: that is phase 1 of the changelog.
SET timezone = 'UTC';
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS partman;
CREATE EXTENSION IF NOT EXISTS pg_partman SCHEMA partman;
CREATE EXTENSION IF NOT EXISTS postgis;

-- How many rows, and over which stretch: from six days ago until now, at least one hour of today.
CREATE TEMPORARY TABLE scale AS
SELECT raw, raw * 277949 / 483063 AS fix, lo, greatest(now(), date_trunc('day', now()) + interval '1 hour') AS hi
FROM (SELECT coalesce(nullif(current_setting('scenario.rows', true), ''), '483063')::bigint AS raw,
             date_trunc('day', now()) - interval '6 days' AS lo) AS asked;

CREATE TYPE message_source AS ENUM ('ogn', 'adsb');
CREATE TABLE receivers (id uuid PRIMARY KEY, callsign text NOT NULL);
CREATE TABLE aircraft  (id uuid PRIMARY KEY, registration text NOT NULL);
CREATE TABLE flights   (id uuid PRIMARY KEY, started_at timestamptz NOT NULL);
INSERT INTO receivers SELECT md5('receiver' || i)::uuid, 'RX' || i FROM generate_series(0, 199) i;
INSERT INTO aircraft  SELECT md5('aircraft' || i)::uuid, 'D-' || i FROM generate_series(0, 999) i;
INSERT INTO flights   SELECT md5('flight' || i)::uuid, date_trunc('day', now()) FROM generate_series(0, 1999) i;

CREATE TABLE raw_messages (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  received_at timestamptz NOT NULL,
  receiver_id uuid NOT NULL,
  unparsed text,
  raw_message_hash bytea NOT NULL,
  raw_message bytea NOT NULL,
  source message_source NOT NULL DEFAULT 'ogn'
) PARTITION BY RANGE (received_at);

CREATE TABLE fixes (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  source varchar(9) NOT NULL,
  aprs_type varchar(9) NOT NULL,
  via text[] NOT NULL,
  "timestamp" timestamptz NOT NULL,
  latitude double precision NOT NULL,
  longitude double precision NOT NULL,
  location geography(Point,4326) GENERATED ALWAYS AS (st_point(longitude, latitude)::geography) STORED,
  altitude_msl_feet integer,
  flight_number varchar(20),
  squawk varchar(4),
  ground_speed_knots real,
  track_degrees real CHECK (track_degrees >= 0 AND track_degrees < 360),
  climb_fpm integer,
  turn_rate_rot real,
  flight_id uuid,
  aircraft_id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  altitude_agl_feet integer,
  receiver_id uuid NOT NULL,
  raw_message_id uuid NOT NULL,
  altitude_agl_valid boolean NOT NULL DEFAULT false,
  location_geom geometry(Point,4326) GENERATED ALWAYS AS (st_setsrid(st_makepoint(longitude, latitude), 4326)) STORED,
  time_gap_seconds integer,
  source_metadata jsonb
) PARTITION BY RANGE (received_at);

SELECT partman.create_parent(p_parent_table => 'public.raw_messages', p_control => 'received_at', p_interval => '1 day',
         p_premake => 4, p_start_partition => (date_trunc('day', now()) - interval '6 days')::text, p_default_table => true);
SELECT partman.create_parent(p_parent_table => 'public.fixes', p_control => 'received_at', p_interval => '1 day',
         p_premake => 4, p_start_partition => (date_trunc('day', now()) - interval '6 days')::text, p_default_table => false);
UPDATE partman.part_config SET retention = '30 days', retention_keep_table = true;

-- Rows, evenly over the stretch.
INSERT INTO raw_messages (id, received_at, receiver_id, unparsed, raw_message_hash, raw_message, source)
SELECT md5('raw' || n)::uuid, date_trunc('milliseconds', lo + (hi - lo) * (n::float8 / (raw - 300))),
       md5('receiver' || n % 200)::uuid, CASE WHEN n % 50 = 0 THEN 'unparsed ' || n END,
       decode(md5('hash' || n), 'hex'), decode(md5('m' || n) || md5('n' || n), 'hex'),
       (CASE WHEN n % 3 = 0 THEN 'adsb' ELSE 'ogn' END)::message_source
  FROM scale, generate_series(0, raw - 301) n;
-- 300 rows, three days older than the first partition: they end up in DEFAULT.
INSERT INTO raw_messages (id, received_at, receiver_id, raw_message_hash, raw_message)
SELECT md5('old' || n)::uuid, lo - interval '3 days' + n * interval '4 minutes', md5('receiver' || n % 200)::uuid,
       decode(md5('oldhash' || n), 'hex'), decode(md5('old' || n), 'hex')
  FROM scale, generate_series(0, 299) n;
INSERT INTO fixes (id, source, aprs_type, via, "timestamp", latitude, longitude, altitude_msl_feet, flight_number, squawk,
                   ground_speed_knots, track_degrees, climb_fpm, turn_rate_rot, flight_id, aircraft_id, received_at,
                   is_active, altitude_agl_feet, receiver_id, raw_message_id, altitude_agl_valid, time_gap_seconds, source_metadata)
SELECT md5('fix' || n)::uuid, 'FLR' || lpad((n % 1000)::text, 5, '0'), 'OGFLR', ARRAY['qAS', 'RX' || n % 200], t - interval '1 second',
       47 + (n % 1000) / 500.0, 8 + (n % 777) / 250.0, 1000 + n % 9000, CASE WHEN n % 4 = 0 THEN 'LX' || n % 500 END,
       lpad((n % 7777)::text, 4, '0'), n % 250, n % 360, n % 1000 - 500, (n % 100) / 10.0,
       CASE WHEN n % 5 > 0 THEN md5('flight' || n % 2000)::uuid END, md5('aircraft' || n % 1000)::uuid, t,
       n % 10 > 0, n % 3000, md5('receiver' || k % 200)::uuid, md5('raw' || k)::uuid, n % 2 = 0, n % 60,
       CASE WHEN n % 3 > 0 THEN jsonb_build_object('protocol', CASE WHEN n % 2 = 0 THEN 'aprs' ELSE 'adsb' END, 'snr', n % 40) END
  FROM scale,
       LATERAL (SELECT n, floor(n * ((raw - 300)::float8 / fix))::bigint AS k FROM generate_series(0, fix - 1) n) g,
       LATERAL (SELECT date_trunc('milliseconds', lo + (hi - lo) * (k::float8 / (raw - 300))) AS t) x;

ALTER TABLE raw_messages ADD CONSTRAINT raw_messages_pkey PRIMARY KEY (id, received_at);
CREATE INDEX idx_raw_messages_received_at ON raw_messages (received_at DESC);
CREATE INDEX idx_raw_messages_receiver_id ON raw_messages (receiver_id);
CREATE INDEX idx_raw_messages_hash ON raw_messages (raw_message_hash);
ALTER TABLE raw_messages ADD CONSTRAINT raw_messages_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES receivers (id) ON DELETE CASCADE;

ALTER TABLE fixes ADD CONSTRAINT fixes_pkey PRIMARY KEY (id, received_at);
CREATE INDEX idx_fixes_received_at ON fixes (received_at DESC);
CREATE INDEX idx_fixes_aircraft_received_at ON fixes (aircraft_id, received_at DESC);
CREATE INDEX idx_fixes_location ON fixes USING gist (location);
CREATE INDEX idx_fixes_location_geom ON fixes USING gist (location_geom);
CREATE INDEX idx_fixes_source ON fixes (source);
CREATE INDEX idx_fixes_protocol ON fixes ((source_metadata ->> 'protocol')) WHERE source_metadata IS NOT NULL;
CREATE INDEX idx_fixes_source_metadata ON fixes USING gin (source_metadata);
CREATE INDEX idx_fixes_flight_id ON fixes (flight_id);
ALTER TABLE fixes ADD CONSTRAINT fixes_aircraft_id_fkey FOREIGN KEY (aircraft_id) REFERENCES aircraft (id) ON DELETE SET NULL;
ALTER TABLE fixes ADD CONSTRAINT fixes_flight_id_fkey FOREIGN KEY (flight_id) REFERENCES flights (id) ON DELETE RESTRICT;
ALTER TABLE fixes ADD CONSTRAINT fixes_raw_message_id_fkey FOREIGN KEY (raw_message_id, received_at) REFERENCES raw_messages (id, received_at);
ALTER TABLE fixes ADD CONSTRAINT fixes_receiver_id_fkey FOREIGN KEY (receiver_id) REFERENCES receivers (id) ON DELETE SET NULL;

CREATE TABLE receiver_statuses (
  id uuid PRIMARY KEY, receiver_id uuid NOT NULL REFERENCES receivers (id) ON DELETE CASCADE, received_at timestamptz NOT NULL,
  raw_message_id uuid NOT NULL, status text,
  CONSTRAINT receiver_statuses_raw_message_id_fkey FOREIGN KEY (raw_message_id, received_at) REFERENCES raw_messages (id, received_at));
INSERT INTO receiver_statuses
SELECT md5('status' || id)::uuid, receiver_id, received_at, id, 'ok' FROM raw_messages ORDER BY id LIMIT 2000;
DROP TABLE scale;
ANALYZE;
