-- What Tidemark keeps of work that is done slice by slice.
-- By hand: psql -v schema=tidemark -f copy.sql
CREATE TABLE :"schema".slice (
    run uuid NOT NULL,
    step integer NOT NULL,
    back boolean NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    part text NOT NULL,
    lower text,
    upper text,
    weight bigint NOT NULL,
    state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DONE')),
    rows bigint,
    expected text,
    found text,
    took_ms numeric,
    process integer,
    finished_at timestamptz,
    PRIMARY KEY (run, step, back, number),
    FOREIGN KEY (run, step) REFERENCES :"schema".step (run, ordinal) ON DELETE CASCADE
);
COMMENT ON TABLE :"schema".slice IS 'Slices of a step. Each commits together with what was done for it, so one that is DONE is never done again.';
COMMENT ON COLUMN :"schema".slice.part IS 'The relation it is a part of, or the statement that it consists of.';
COMMENT ON COLUMN :"schema".slice.weight IS 'Its size in the unit of the step: blocks, positions, rows or statements.';
COMMENT ON COLUMN :"schema".slice.expected IS 'Of a proof: rows, xor and sum of the hashes on the side that counts.';
COMMENT ON COLUMN :"schema".slice.found IS 'The same on the other side; the proof holds where they are equal.';
CREATE INDEX slice_pending ON :"schema".slice (run, step, back, number) WHERE state = 'PENDING';

CREATE TABLE :"schema".repair (
    run uuid NOT NULL REFERENCES :"schema".run (id) ON DELETE CASCADE,
    relation text NOT NULL,
    key text[] NOT NULL,
    old_hash bigint,
    new_hash bigint,
    old_row text,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
ALTER TABLE :"schema".repair REPLICA IDENTITY FULL;
COMMENT ON TABLE :"schema".repair IS 'Rows that a proof with repair made equal: in a copy before the cutover, in a retired table afterwards.';
COMMENT ON COLUMN :"schema".repair.old_hash IS 'The hash of the row that was taken out; NULL where there was none.';
COMMENT ON COLUMN :"schema".repair.new_hash IS 'The hash of the row that was put in; NULL where none belongs there.';
COMMENT ON COLUMN :"schema".repair.old_row IS 'The row that was taken out, whole, as PostgreSQL writes it.';
CREATE INDEX repair_key ON :"schema".repair USING hash (key);
