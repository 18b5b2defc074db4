-- A hypertable with every kind of object that it can have; the role :reader is made.
CREATE ROLE :"reader";
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE TABLE kinds (kind text PRIMARY KEY);
INSERT INTO kinds VALUES ('a'), ('b');
CREATE TABLE "Odd" (
    gone integer,
    id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 3 CACHE 5),
    serial bigserial,
    kind text CONSTRAINT "of a kind" REFERENCES kinds ON DELETE SET NULL ON UPDATE CASCADE,
    "select" mood NOT NULL DEFAULT 'fine',
    amount numeric(10, 2) CONSTRAINT positive CHECK (amount > 0),
    doubled numeric GENERATED ALWAYS AS (amount * 2) STORED,
    tags text[] STORAGE external,
    payload jsonb,
    "at ""once""" timestamptz(3) NOT NULL DEFAULT now(),
    CONSTRAINT "Odd key" PRIMARY KEY (id, "at ""once"""),
    CONSTRAINT only_once UNIQUE ("at ""once""", serial)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "Odd" DROP COLUMN gone;
ALTER TABLE "Odd" ALTER COLUMN kind SET STATISTICS 500;
ALTER TABLE "Odd" ALTER COLUMN kind SET (n_distinct = 2);
CREATE INDEX "Odd at" ON "Odd" ("at ""once""" DESC NULLS LAST) INCLUDE (kind);
CREATE INDEX odd_payload ON "Odd" USING gin (payload jsonb_path_ops);
CREATE INDEX odd_lower ON "Odd" (lower(kind) text_pattern_ops) WHERE amount > 5;
CREATE INDEX odd_brin ON "Odd" USING brin ("at ""once""") WITH (pages_per_range = 16);
CREATE INDEX odd_hash ON "Odd" USING hash (kind);
CREATE STATISTICS odd_statistics (dependencies) ON kind, amount FROM "Odd";
COMMENT ON TABLE "Odd" IS 'It''s odd';
COMMENT ON COLUMN "Odd".kind IS 'which';
COMMENT ON CONSTRAINT "Odd key" ON "Odd" IS 'the key';
COMMENT ON CONSTRAINT positive ON "Odd" IS 'more than nothing';
COMMENT ON INDEX odd_lower IS 'partial';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER "first ON any" BEFORE UPDATE OF kind ON "Odd" FOR EACH ROW WHEN (old.kind IS DISTINCT FROM new.kind) EXECUTE FUNCTION note();
CREATE TRIGGER statement AFTER INSERT ON "Odd" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note_all();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON "Odd" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_all();
CREATE TRIGGER resting BEFORE DELETE ON "Odd" FOR EACH ROW EXECUTE FUNCTION note();
COMMENT ON TRIGGER "first ON any" ON "Odd" IS 'comes first';
SELECT create_hypertable('"Odd"', by_range('at "once"', interval '1 day'), create_default_indexes => false);
ALTER TABLE "Odd" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Odd" FOR SELECT TO :"reader" USING (kind <> 'b');
COMMENT ON POLICY own ON "Odd" IS 'not b';
GRANT SELECT, INSERT ON "Odd" TO :"reader";
GRANT UPDATE (kind) ON "Odd" TO :"reader" WITH GRANT OPTION;
CREATE VIEW seen WITH (security_barrier) AS SELECT kind, count(*) AS n FROM "Odd" GROUP BY kind;
CREATE VIEW seen_of_seen AS SELECT * FROM seen WHERE n > 1;
GRANT SELECT ON seen TO :"reader";
INSERT INTO "Odd" (kind, amount, tags, payload, "at ""once""")
SELECT CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END, n, ARRAY['t' || n], jsonb_build_object('n', n), date_trunc('day', now()) - n * interval '5 minutes'
  FROM generate_series(1, 3000) AS n;
-- Chunks of another width, one that is cut, and a gap.
SELECT set_chunk_time_interval('"Odd"', interval '7 days');
INSERT INTO "Odd" (kind, amount, "at ""once""") SELECT 'a', n, date_trunc('day', now()) - interval '11 days' - n * interval '1 day' FROM generate_series(1, 20) AS n;
INSERT INTO "Odd" (kind, amount, "at ""once""") VALUES ('b', 7, now() - interval '70 days');
