package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/**
 * The proofs of a conversion as plain SQL, for anybody to repeat without Tidemark while the application writes. It reads and changes nothing, and needs
 * nothing of the journal but the log of changes that wait to be replayed.
 *
 * <p>Each proof is a block that raises where it does not hold, and a query of one row and one column that says what it found. Copied tables are read
 * range by range, so that no snapshot is held for long.
 */
public final class ProofScript {
    /** Rows of a range that is cut by key: half a second. */
    private static final int ROWS = 200_000;

    private static final Sql SAY = new Sql("SELECT pg_catalog.current_setting('tidemark.proof')");

    private ProofScript() {}

    /** Statements in order, each without its semicolon; they commit by themselves. */
    public static List<Sql> of(ToProof.Subject subject) {
        List<Sql> statements = new ArrayList<>();
        subject.copies().stream().map(CopiedTable::temporarily).forEach(table -> {
            statements.addAll(table.gather());
            statements.add(table.proof().requireRowsToCompare());
            statements.add(contents(table.proof()));
            statements.add(SAY);
        });
        subject.queries().forEach(query -> {
            statements.add(storage(query));
            statements.add(SAY);
        });
        return statements;
    }

    private static Sql contents(CopyProof proof) {
        Slices slices = proof.slices();
        Sql next = slices.cut()
                .map(cut -> Sql.of(
                        "EXECUTE format(%L, one.part, low, one.upper, %s) INTO high; high := coalesce(high, one.upper);",
                        cut.format(), ROWS))
                .orElse(new Sql("high := one.upper;"));
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    one record;
                    low text;
                    high text;
                    expected text;
                    found text;
                    named text[];
                    rows numeric := 0;
                    folded bigint := 0;
                    total numeric := 0;
                BEGIN
                    FOR one IN %s
                    LOOP
                        low := one.lower;
                        LOOP
                            %s;
                            %s
                            EXECUTE format(%L, one.part, low, high) INTO expected, found;
                            IF expected IS DISTINCT FROM found THEN
                                EXECUTE format(%L, one.part, low, high, %s) INTO named;
                                RAISE EXCEPTION 'proof failed: %% and %% differ between %% and %%: %% expected, %% found; %%', %L, %L,
                                    coalesce(low, 'the beginning'), coalesce(high, 'the end'), expected, found, array_to_string(named, '; ');
                            END IF;
                            rows := rows + split_part(found, ' ', 1)::numeric;
                            folded := folded # split_part(rtrim(split_part(found, ' ', 4), ','), ' ', 1)::bigint;
                            total := total + split_part(found, ' ', 6)::numeric;
                            COMMIT;
                            EXIT WHEN high IS NOT DISTINCT FROM one.upper;
                            low := high;
                        END LOOP;
                    END LOOP;
                    PERFORM set_config('tidemark.proof', format('holds: rows of %%s and of %%s: %%s rows, xor %%s, sum %%s', %L, %L, rows, folded, total), false);
                END
                $tidemark$""",
                slices.parts(),
                CopyProof.JOINING,
                next,
                SliceWork.of(Sql.of("SELECT (%s), (%s)", proof.summary(proof.from()), proof.summary(proof.to())))
                        .format(),
                SliceWork.of(new CopyVerdict(proof, "").differences()).format(),
                CopyVerdict.NAMED,
                proof.from().quoted(),
                proof.to().quoted(),
                proof.from().quoted(),
                proof.to().quoted());
    }

    private static Sql storage(Sql query) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    held record;
                BEGIN
                    FOR held IN %s
                    LOOP
                        IF held.expected IS DISTINCT FROM held.found THEN
                            RAISE EXCEPTION 'proof failed: %%: %%, expected %%', held.proof, held.found, held.expected;
                        END IF;
                        PERFORM set_config('tidemark.proof', 'holds: ' || held.proof || ': ' || held.found, false);
                    END LOOP;
                END
                $tidemark$""",
                query);
    }
}
