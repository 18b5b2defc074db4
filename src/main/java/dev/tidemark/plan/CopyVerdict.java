package dev.tidemark.plan;

import dev.tidemark.sql.Sql;

/** Judges what a {@link CopyProof} measured. Where it does not hold, names rows and columns. */
final class CopyVerdict {
    /** Rows that a failed proof names, all ranges together; of what is left it counts the ranges. */
    static final int NAMED = 100;

    private final CopyProof proof;
    private final CopySubject subject;
    private final String remedy;

    CopyVerdict(CopyProof proof, String remedy) {
        this.proof = proof;
        this.subject = proof.subject();
        this.remedy = remedy;
    }

    /** The statement that raises TM500, or writes the proof down. */
    Sql judge(String step, boolean back) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    differing record;
                    place text;
                    further bigint := 0;
                    named text[] := '{}';
                    more text[];
                BEGIN
                    %s;
                    FOR differing IN
                        SELECT s.* %s AND s.expected IS DISTINCT FROM s.found ORDER BY s.number
                    LOOP
                        IF cardinality(named) >= %s THEN
                            further := further + 1;
                            CONTINUE;
                        END IF;
                        -- Somebody may have removed the cause since.
                        EXECUTE format(%L, differing.part, differing.lower, differing.upper, differing.number);
                        SELECT s.* INTO differing FROM %s AS s WHERE s.number = differing.number;
                        CONTINUE WHEN differing.expected IS NOT DISTINCT FROM differing.found;
                        EXECUTE format(%L, differing.part, differing.lower, differing.upper, %s - cardinality(named)) INTO more;
                        named := named || coalesce(more, '{}');
                        IF place IS NULL THEN
                            place := format('between %%s and %%s: %%s expected, %%s found', coalesce(differing.lower, 'the beginning'),
                                            coalesce(differing.upper, 'the end'), differing.expected, differing.found);
                        ELSE
                            further := further + 1;
                        END IF;
                    END LOOP;
                    IF place IS NOT NULL THEN
                        RAISE EXCEPTION 'proof failed: %% and %% differ %%; %%', %L, %L,
                                place || CASE WHEN further > 0 THEN ', and in ' || further || ' further ranges' ELSE '' END,
                                CASE WHEN named = '{}' THEN 'no row differs any more' ELSE array_to_string(named, '; ') END
                            USING ERRCODE = 'TM500', HINT = %L;
                    END IF;
                    INSERT INTO %s AS known (run, kind, subject, before, after)
                    SELECT %s, %L, %L, %s %s
                    ON CONFLICT (run, kind, subject) DO UPDATE SET before = excluded.before, after = excluded.after, at = clock_timestamp();
                END
                $tidemark$""",
                CopyProof.JOINING,
                measured(step, back),
                NAMED,
                proof.work().format(),
                slice(),
                SliceWork.of(differences()).format(),
                NAMED,
                proof.from().quoted(),
                proof.to().quoted(),
                remedy,
                subject.subject().journalTable("proof"),
                PieceRecord.RUN,
                (back ? StorageProof.WAY_BACK : "") + CopyProof.KIND,
                subject.name().quoted(),
                new Sql(total("expected") + ", " + total("found")),
                measured(step, back));
    }

    /** The slices of that step, as {@code s}; conditions may follow. */
    private Sql measured(String step, boolean back) {
        return Sql.of(
                "FROM %s AS s JOIN %s AS p ON p.run = s.run AND p.ordinal = s.step WHERE s.run = %s AND p.id = %L AND s.back = %s AND s.part = %L",
                slice(),
                subject.subject().journalTable("step"),
                PieceRecord.RUN,
                step,
                back,
                proof.from().quoted());
    }

    private Sql slice() {
        return subject.subject().journalTable("slice");
    }

    /** Adds the ranges up: the sums are of whole tables, whatever the ranges were. */
    private static String total(String side) {
        return "sum(split_part(SIDE, ' ', 1)::numeric) || ' rows, xor ' || bit_xor(split_part(rtrim(split_part(SIDE, ' ', 4), ','), ' ', 1)::bigint) || ', sum ' || sum(split_part(SIDE, ' ', 6)::numeric)"
                .replace("SIDE", "s." + side);
    }

    /** An array of texts: rows of a slice that differ and their columns, as many as its number says. */
    Sql differences() {
        if (subject.key().isEmpty()) {
            return new Sql("SELECT ARRAY['which rows, nobody can tell without a key']");
        }
        Sql same = Sql.join(
                " AND ",
                subject.key().stream().map(c -> Sql.of("a.%I = b.%I", c, c)).toList());
        String first = subject.key().get(0);
        return Sql.of(
                """
                SELECT array_agg(d.what) FROM (
                    SELECT 'row (' || concat_ws(', ', %s) || ') ' || CASE WHEN a.%I IS NULL THEN 'is in the copy only' WHEN b.%I IS NULL THEN 'is not in the copy'
                               ELSE 'differs in ' || concat_ws(', ', %s) END AS what
                      FROM (SELECT r.*, %s AS tidemark_hash FROM %I AS r WHERE %s AND %s) AS a
                      FULL JOIN (SELECT r.*, %s AS tidemark_hash FROM %I AS r WHERE %s AND %s) AS b ON %s
                     WHERE a.tidemark_hash IS DISTINCT FROM b.tidemark_hash
                     LIMIT %s) AS d""",
                Sql.join(
                        ", ",
                        subject.key().stream()
                                .map(c -> Sql.of("coalesce(a.%I, b.%I)", c, c))
                                .toList()),
                first,
                first,
                Sql.join(
                        ", ",
                        subject.table().columns().stream()
                                .map(c -> Sql.of(
                                        "CASE WHEN record_send(ROW(a.%I)) <> record_send(ROW(b.%I)) THEN %L END",
                                        c.name(), c.name(), c.name()))
                                .toList()),
                proof.hash("r"),
                proof.from(),
                new Sql(proof.range()),
                proof.settled(),
                proof.hash("r"),
                proof.to(),
                new Sql(proof.range()),
                proof.settled(),
                same,
                SliceWork.NUMBER);
    }
}
