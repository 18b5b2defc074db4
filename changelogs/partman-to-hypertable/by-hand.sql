-- The same conversion as its own plan had it (up.sql of the system this scenario is taken from), for comparison.
-- Completed where it would not run: the old indexes and keys keep the names that the new ones want; a hypertable cannot reference a
-- hypertable; pg_partman knows the tables by their original names; policies and compression exist on the Community edition only.
-- Readers and writers wait from the first statement to the last, and rows written afterwards are lost by its way back.
BEGIN;
SET LOCAL client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS timescaledb;

-- Rename existing tables
ALTER TABLE raw_messages RENAME TO raw_messages_partman;
ALTER TABLE fixes RENAME TO fixes_partman;
DO $$
DECLARE
  i regclass;
BEGIN
  FOR i IN SELECT indexrelid FROM pg_index WHERE indrelid IN ('raw_messages_partman'::regclass, 'fixes_partman'::regclass) LOOP
    EXECUTE format('ALTER INDEX %s RENAME TO %I', i, (SELECT relname FROM pg_class WHERE oid = i) || '_partman');
  END LOOP;
END $$;

-- Create new non-partitioned tables
CREATE TABLE raw_messages (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    received_at timestamp with time zone NOT NULL,
    receiver_id uuid NOT NULL,
    unparsed text,
    raw_message_hash bytea NOT NULL,
    raw_message bytea NOT NULL,
    source message_source NOT NULL DEFAULT 'ogn'::message_source
);
CREATE TABLE fixes (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    source character varying(9) NOT NULL,
    aprs_type character varying(9) NOT NULL,
    via text[] NOT NULL,
    timestamp timestamp with time zone NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    location geography(Point,4326) GENERATED ALWAYS AS (st_point(longitude, latitude)::geography) STORED,
    altitude_msl_feet integer,
    flight_number character varying(20),
    squawk character varying(4),
    ground_speed_knots real,
    track_degrees real CHECK (track_degrees >= 0 AND track_degrees < 360),
    climb_fpm integer,
    turn_rate_rot real,
    flight_id uuid,
    aircraft_id uuid NOT NULL,
    received_at timestamp with time zone NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    altitude_agl_feet integer,
    receiver_id uuid NOT NULL,
    raw_message_id uuid NOT NULL,
    altitude_agl_valid boolean NOT NULL DEFAULT false,
    location_geom geometry(Point,4326) GENERATED ALWAYS AS (st_setsrid(st_makepoint(longitude, latitude), 4326)) STORED,
    time_gap_seconds integer,
    source_metadata jsonb
);

-- Convert to hypertables
SELECT create_hypertable('raw_messages', 'received_at', chunk_time_interval => INTERVAL '1 day', if_not_exists => TRUE);
SELECT create_hypertable('fixes', 'received_at', chunk_time_interval => INTERVAL '1 day', if_not_exists => TRUE);

-- Copy data from old tables
INSERT INTO raw_messages
SELECT * FROM raw_messages_partman;
INSERT INTO fixes (
    id, source, aprs_type, via, timestamp, latitude, longitude,
    altitude_msl_feet, flight_number, squawk, ground_speed_knots,
    track_degrees, climb_fpm, turn_rate_rot, flight_id, aircraft_id,
    received_at, is_active, altitude_agl_feet, receiver_id,
    raw_message_id, altitude_agl_valid, time_gap_seconds, source_metadata
)
SELECT
    id, source, aprs_type, via, timestamp, latitude, longitude,
    altitude_msl_feet, flight_number, squawk, ground_speed_knots,
    track_degrees, climb_fpm, turn_rate_rot, flight_id, aircraft_id,
    received_at, is_active, altitude_agl_feet, receiver_id,
    raw_message_id, altitude_agl_valid, time_gap_seconds, source_metadata
FROM fixes_partman;

-- Add primary keys
ALTER TABLE raw_messages ADD PRIMARY KEY (id, received_at);
ALTER TABLE fixes ADD PRIMARY KEY (id, received_at);

-- Recreate indexes on hypertables
CREATE INDEX idx_raw_messages_receiver_id ON raw_messages (receiver_id);
CREATE INDEX idx_raw_messages_hash ON raw_messages (raw_message_hash);
CREATE INDEX idx_fixes_aircraft_received_at ON fixes (aircraft_id, received_at DESC);
CREATE INDEX idx_fixes_location ON fixes USING GIST (location);
CREATE INDEX idx_fixes_location_geom ON fixes USING GIST (location_geom);
CREATE INDEX idx_fixes_source ON fixes (source);
CREATE INDEX idx_fixes_protocol ON fixes ((source_metadata ->> 'protocol')) WHERE source_metadata IS NOT NULL;
CREATE INDEX idx_fixes_source_metadata ON fixes USING GIN (source_metadata);
CREATE INDEX idx_fixes_flight_id ON fixes (flight_id);

-- Recreate foreign key constraints
ALTER TABLE raw_messages
    ADD CONSTRAINT raw_messages_receiver_id_fkey
    FOREIGN KEY (receiver_id) REFERENCES receivers(id) ON DELETE CASCADE;
ALTER TABLE fixes
    ADD CONSTRAINT fixes_aircraft_id_fkey
    FOREIGN KEY (aircraft_id) REFERENCES aircraft(id) ON DELETE SET NULL;
ALTER TABLE fixes
    ADD CONSTRAINT fixes_flight_id_fkey
    FOREIGN KEY (flight_id) REFERENCES flights(id) ON DELETE RESTRICT;
-- fixes_raw_message_id_fkey cannot be made again: "hypertables cannot be used as foreign key references of hypertables".
ALTER TABLE fixes
    ADD CONSTRAINT fixes_receiver_id_fkey
    FOREIGN KEY (receiver_id) REFERENCES receivers(id) ON DELETE SET NULL;

-- Update tables that reference old partitioned tables
ALTER TABLE receiver_statuses DROP CONSTRAINT receiver_statuses_raw_message_id_fkey;
ALTER TABLE receiver_statuses
    ADD CONSTRAINT receiver_statuses_raw_message_id_fkey
    FOREIGN KEY (raw_message_id, received_at) REFERENCES raw_messages(id, received_at);

-- Set up retention and compression, where the edition has them
DO $$
BEGIN
  IF current_setting('timescaledb.license') <> 'timescale' THEN
    RETURN;
  END IF;
  PERFORM add_retention_policy('raw_messages', INTERVAL '30 days');
  PERFORM add_retention_policy('fixes', INTERVAL '30 days');
  ALTER TABLE raw_messages SET (timescaledb.compress,
      timescaledb.compress_segmentby = 'receiver_id', timescaledb.compress_orderby = 'received_at DESC');
  PERFORM add_compression_policy('raw_messages', INTERVAL '7 days');
  ALTER TABLE fixes SET (timescaledb.compress,
      timescaledb.compress_segmentby = 'aircraft_id', timescaledb.compress_orderby = 'received_at DESC');
  PERFORM add_compression_policy('fixes', INTERVAL '7 days');
END $$;

-- Remove pg_partman configuration
DELETE FROM partman.part_config WHERE parent_table = 'public.raw_messages';
DELETE FROM partman.part_config WHERE parent_table = 'public.fixes';

-- Add helpful comments
COMMENT ON TABLE raw_messages IS 'TimescaleDB hypertable partitioned by received_at (1 day chunks). Automatic retention: 30 days. Compression enabled for chunks older than 7 days.';
COMMENT ON TABLE fixes IS 'TimescaleDB hypertable partitioned by received_at (1 day chunks). Automatic retention: 30 days. Compression enabled for chunks older than 7 days.';

-- Verify row counts match
DO $$
DECLARE
    raw_old_count bigint;
    raw_new_count bigint;
    fixes_old_count bigint;
    fixes_new_count bigint;
BEGIN
    SELECT COUNT(*) INTO raw_old_count FROM raw_messages_partman;
    SELECT COUNT(*) INTO raw_new_count FROM raw_messages;
    SELECT COUNT(*) INTO fixes_old_count FROM fixes_partman;
    SELECT COUNT(*) INTO fixes_new_count FROM fixes;
    IF raw_old_count != raw_new_count THEN
        RAISE EXCEPTION 'raw_messages migration failed: count mismatch. Old: %, New: %', raw_old_count, raw_new_count;
    END IF;
    IF fixes_old_count != fixes_new_count THEN
        RAISE EXCEPTION 'fixes migration failed: count mismatch. Old: %, New: %', fixes_old_count, fixes_new_count;
    END IF;
    RAISE NOTICE 'Migration successful: raw_messages=% rows, fixes=% rows', raw_new_count, fixes_new_count;
END $$;
COMMIT;
