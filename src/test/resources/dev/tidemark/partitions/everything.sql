-- A plain table with every kind of object on it; the role :reader is made.
CREATE ROLE :"reader";
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE TABLE kinds (kind text PRIMARY KEY);
INSERT INTO kinds VALUES ('a'), ('b');
CREATE TABLE "Odd" (
    gone integer,
    id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 3 CACHE 5),
    serial bigserial,
    kind text REFERENCES kinds ON DELETE SET NULL ON UPDATE CASCADE,
    "select" mood NOT NULL DEFAULT 'fine',
    amount numeric(10, 2) CONSTRAINT positive CHECK (amount > 0),
    doubled numeric GENERATED ALWAYS AS (amount * 2) STORED,
    tags text[],
    payload jsonb,
    "at ""once""" timestamptz(3) DEFAULT now(),
    CONSTRAINT "Odd key" PRIMARY KEY (id) WITH (fillfactor = 70)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE "Odd" DROP COLUMN gone;
ALTER TABLE "Odd" ALTER COLUMN tags SET STORAGE external;
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
COMMENT ON INDEX "Odd key" IS 'its index';
ALTER TABLE "Odd" CLUSTER ON "Odd key";
COMMENT ON INDEX odd_lower IS 'partial';
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FUNCTION note_all() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER first BEFORE UPDATE OF kind ON "Odd" FOR EACH ROW WHEN (old.kind IS DISTINCT FROM new.kind) EXECUTE FUNCTION note();
CREATE TRIGGER statement AFTER INSERT ON "Odd" REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note_all();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON "Odd" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_all();
CREATE TRIGGER resting BEFORE DELETE ON "Odd" FOR EACH ROW EXECUTE FUNCTION note();
ALTER TABLE "Odd" DISABLE TRIGGER resting;
ALTER TABLE "Odd" ENABLE ALWAYS TRIGGER first;
COMMENT ON TRIGGER first ON "Odd" IS 'comes first';
ALTER TABLE "Odd" ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON "Odd" FOR SELECT TO :"reader" USING (kind <> 'b');
COMMENT ON POLICY own ON "Odd" IS 'not b';
GRANT SELECT, INSERT ON "Odd" TO :"reader";
GRANT UPDATE (kind) ON "Odd" TO :"reader" WITH GRANT OPTION;
CREATE VIEW seen WITH (security_barrier) AS SELECT kind, count(*) AS n FROM "Odd" GROUP BY kind;
CREATE VIEW seen_of_seen AS SELECT * FROM seen WHERE n > 1;
GRANT SELECT ON seen TO :"reader";
CREATE TABLE marks (odd_id bigint REFERENCES "Odd" ON DELETE CASCADE, mark text);
INSERT INTO "Odd" (kind, amount, tags, payload, "at ""once""")
SELECT CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END, n, ARRAY['t' || n], jsonb_build_object('n', n), now() - n * interval '1 minute'
  FROM generate_series(1, 3000) AS n;
INSERT INTO marks SELECT id, 'm' FROM "Odd" WHERE id % 7 = 0;
