-- What Tidemark keeps in a database: what it did, what it is doing, and the proofs.
-- By hand: psql -v schema=tidemark -f journal.sql
CREATE SCHEMA :"schema";
COMMENT ON SCHEMA :"schema" IS 'Journal of Tidemark: conversions, their steps, locks and proofs. Version 1.';

CREATE TABLE :"schema".installation (
    version integer PRIMARY KEY,
    revision integer NOT NULL DEFAULT 0,
    tables text NOT NULL DEFAULT '',
    functions text NOT NULL DEFAULT '',
    installed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE :"schema".installation IS 'Version of this installation; one row.';
COMMENT ON COLUMN :"schema".installation.functions IS 'By which a build sees that another one made the functions; tables likewise.';
INSERT INTO :"schema".installation (version) VALUES (1);

CREATE TABLE :"schema".run (
    id uuid PRIMARY KEY,
    format integer NOT NULL,
    kind text NOT NULL,
    tables text[] NOT NULL,
    identity text NOT NULL,
    strategy text NOT NULL,
    decision text NOT NULL,
    max_pause_ms bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('RUNNING', 'WAITING_FOR_CUTOVER', 'DONE', 'UNDOING', 'UNDONE', 'FINALIZED', 'FAILED')),
    fence bigint NOT NULL DEFAULT 0,
    process integer,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ready_at timestamptz,
    cutover_at timestamptz,
    finished_at timestamptz
);
COMMENT ON TABLE :"schema".run IS 'One row a conversion. A resume goes by this and by step, never by planning again.';
COMMENT ON COLUMN :"schema".run.tables IS 'Quoted names, in the order of the change.';
COMMENT ON COLUMN :"schema".run.identity IS 'The attributes that matter for correctness; a resume must come with the same.';
COMMENT ON COLUMN :"schema".run.max_pause_ms IS 'The budget of its windows when it was begun; the way back has the same unless it is given another.';
COMMENT ON COLUMN :"schema".run.fence IS 'Grows with every process that takes the run over; a process with an older number can change nothing any more.';
COMMENT ON COLUMN :"schema".run.ready_at IS 'When it last began to wait for somebody to say that it may cut over.';
CREATE INDEX run_tables ON :"schema".run USING gin (tables);

CREATE TABLE :"schema".step (
    run uuid NOT NULL REFERENCES :"schema".run (id) ON DELETE CASCADE,
    ordinal integer NOT NULL,
    id text NOT NULL,
    why text NOT NULL,
    up_kind text NOT NULL,
    up_statements text[] NOT NULL,
    down_kind text NOT NULL,
    down_statements text[] NOT NULL,
    state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'STARTED', 'DONE', 'UNDOING', 'UNDONE')),
    up_done integer NOT NULL DEFAULT 0,
    down_done integer NOT NULL DEFAULT 0,
    ages boolean NOT NULL DEFAULT false,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run, ordinal)
);
COMMENT ON TABLE :"schema".step IS 'The plan: what each step does and how it is taken back, as SQL, and how far it has come.';
COMMENT ON COLUMN :"schema".step.ages IS 'It is done again where the cutover does not follow soon.';
COMMENT ON COLUMN :"schema".step.up_done IS 'How many of the statements are committed; each commits together with this number.';

CREATE TABLE :"schema".lock_log (
    run uuid NOT NULL REFERENCES :"schema".run (id) ON DELETE CASCADE,
    step text NOT NULL,
    back boolean NOT NULL,
    outcome text NOT NULL,
    waited_ms numeric NOT NULL,
    held_ms numeric NOT NULL,
    locked text NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Where everything is published, rows of a table without a key could neither be changed nor deleted.
ALTER TABLE :"schema".lock_log REPLICA IDENTITY FULL;
COMMENT ON TABLE :"schema".lock_log IS 'Every attempt at a window: what it locked, how long it waited, how long it held.';

CREATE TABLE :"schema".control (
    run uuid PRIMARY KEY REFERENCES :"schema".run (id) ON DELETE CASCADE,
    paused boolean NOT NULL DEFAULT false,
    paused_why text,
    workers integer CHECK (workers >= 0),
    max_replica_lag_ms bigint CHECK (max_replica_lag_ms >= -1),
    max_slot_bytes bigint CHECK (max_slot_bytes >= -1),
    max_wal_bytes_per_second bigint CHECK (max_wal_bytes_per_second >= -1),
    max_archive_backlog_files bigint CHECK (max_archive_backlog_files >= -1),
    max_autovacuums bigint CHECK (max_autovacuums >= -1),
    max_probe_ms bigint CHECK (max_probe_ms >= -1),
    disk_reserve_bytes bigint CHECK (disk_reserve_bytes >= -1),
    log_limit_bytes bigint CHECK (log_limit_bytes >= -1),
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE :"schema".control IS
    'What people say to a run: read once a second while it copies. No row, or NULL: the default. A limit of -1: off.';
COMMENT ON COLUMN :"schema".control.workers IS 'How many copy at a time; 0 rests.';
COMMENT ON COLUMN :"schema".control.max_slot_bytes IS 'WAL that a replication slot which nobody reads may hold back.';
COMMENT ON COLUMN :"schema".control.max_autovacuums IS 'Autovacuum workers on the table that are borne without a rest.';

COMMENT ON COLUMN :"schema".control.log_limit_bytes IS 'Of the log of changes until the cutover; its trigger reads it too.';

CREATE SEQUENCE :"schema".probe;
COMMENT ON SEQUENCE :"schema".probe IS
    'Set once a second while rows are copied, to time a commit: a sequence, because setting one leaves no dead row.';

CREATE TABLE :"schema".proof (
    run uuid NOT NULL REFERENCES :"schema".run (id) ON DELETE CASCADE,
    kind text NOT NULL,
    subject text NOT NULL,
    before text,
    after text,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (run, kind, subject)
);
COMMENT ON TABLE :"schema".proof IS 'What was measured before and after. A proof holds where the two are equal.';

CREATE TABLE :"schema".piece (
    run uuid NOT NULL REFERENCES :"schema".run (id) ON DELETE CASCADE,
    target text NOT NULL,
    relation text NOT NULL,
    parent text,
    lower_text text NOT NULL,
    upper_text text NOT NULL,
    attached boolean NOT NULL,
    keys jsonb NOT NULL,
    PRIMARY KEY (run, relation)
);
COMMENT ON TABLE :"schema".piece IS 'Storage that became chunks, as it was before: what the way back gives it again.';
COMMENT ON COLUMN :"schema".piece.keys IS 'Name of the table''s key: name of the piece''s own key.';

CREATE TABLE :"schema".default_copy (
    source text NOT NULL,
    relation text PRIMARY KEY,
    lower bigint NOT NULL,
    upper bigint NOT NULL,
    filled bigint NOT NULL,
    lower_text text NOT NULL,
    upper_text text NOT NULL
);
COMMENT ON TABLE :"schema".default_copy IS 'Tables with the rows of a DEFAULT partition, until the cutover makes chunks of them.';
COMMENT ON COLUMN :"schema".default_copy.filled IS 'Below this position it has every row, and every write to DEFAULT is made in it too.';

CREATE TABLE :"schema".default_note (
    source text NOT NULL,
    position bigint,
    why text NOT NULL
);
ALTER TABLE :"schema".default_note REPLICA IDENTITY FULL;
COMMENT ON TABLE :"schema".default_note IS 'Positions at which a copy must be made once more; NULL for all of them.';
CREATE INDEX default_note_position ON :"schema".default_note (source, position);

CREATE TABLE :"schema".object (
    run uuid NOT NULL REFERENCES :"schema".run (id) ON DELETE CASCADE,
    kind text NOT NULL,
    identity text NOT NULL,
    purpose text NOT NULL,
    PRIMARY KEY (run, kind, identity)
);
COMMENT ON TABLE :"schema".object IS 'What a conversion left behind for finalize, and what for: retired tables to drop, paused policies to start.';

CREATE TABLE :"schema".substitute (
    child text NOT NULL,
    name text NOT NULL,
    parent text NOT NULL,
    definition text NOT NULL,
    orphans text NOT NULL,
    PRIMARY KEY (child, name)
);
COMMENT ON TABLE :"schema".substitute IS 'Foreign keys that triggers stand for.';
COMMENT ON COLUMN :"schema".substitute.definition IS 'What stands after ADD CONSTRAINT name.';
COMMENT ON COLUMN :"schema".substitute.orphans IS 'The query that counts the child''s rows without a parent.';
