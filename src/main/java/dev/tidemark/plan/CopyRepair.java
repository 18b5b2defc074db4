package dev.tidemark.plan;

import dev.tidemark.plan.Action.Slices;
import dev.tidemark.sql.Sql;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Makes the side that the application does not use equal to the one that it uses, in the ranges in which a proof found them to differ.
 *
 * <p>First every row goes that differs or should not be there, then every row comes that is missing: a unique value that two rows have exchanged is
 * never in two places. What goes is kept in the journal, whole, because it may be the only one that still has the truth. Rows whose change waits to be
 * replayed are left to that.
 */
final class CopyRepair {
    private final CopyProof proof;
    private final CopySubject subject;

    CopyRepair(CopyProof proof) {
        this.proof = proof;
        this.subject = proof.subject();
    }

    /** @param measured the id of the step that measured */
    Slices takeOut(String measured) {
        Sql work = Sql.of(
                """
                WITH wrong AS MATERIALIZED (
                    SELECT %s, b.tidemark_hash AS old_hash, b.tidemark_row AS old_row
                      FROM (SELECT r.*, %s AS tidemark_hash, r::text AS tidemark_row FROM %I AS r WHERE %s AND %s) AS b
                      LEFT JOIN (SELECT r.*, %s AS tidemark_hash FROM %I AS r WHERE %s AND %s) AS a ON %s
                     WHERE a.tidemark_hash IS DISTINCT FROM b.tidemark_hash),
                gone AS (DELETE FROM %I AS r USING wrong AS w WHERE %s AND %s%s RETURNING 1)
                INSERT INTO %s (run, relation, key, old_hash, old_row)
                SELECT %s, %L, ARRAY[%s]::text[], w.old_hash, w.old_row FROM wrong AS w WHERE (SELECT count(*) FROM gone) >= 0""",
                numbered("b"),
                proof.hash("r"),
                proof.to(),
                range(),
                proof.settled(),
                proof.hash("r"),
                proof.from(),
                range(),
                proof.settled(),
                equal("a", "b"),
                proof.to(),
                range(),
                equalNumbered("r", "w"),
                proof.takenAlong("r"),
                repairs(),
                PieceRecord.RUN,
                proof.to().quoted(),
                texts("w"));
        return slices(measured, work);
    }

    /** @param measured the id of the step that measured */
    Slices putIn(String measured) {
        Sql work = Sql.of(
                """
                WITH come AS (
                    INSERT INTO %I AS t (%s) OVERRIDING SYSTEM VALUE
                    SELECT %s FROM %I AS r WHERE %s AND %s AND NOT EXISTS (SELECT FROM %I AS o WHERE %s)
                    RETURNING ARRAY[%s]::text[] AS key, %s AS new_hash),
                known AS (
                    UPDATE %s AS p SET new_hash = c.new_hash, at = clock_timestamp()
                      FROM come AS c WHERE p.run = %s AND p.relation = %L AND p.key = c.key
                    RETURNING p.key)
                INSERT INTO %s (run, relation, key, new_hash)
                SELECT %s, %L, c.key, c.new_hash FROM come AS c WHERE NOT EXISTS (SELECT FROM known AS k WHERE k.key = c.key)""",
                proof.to(),
                subject.columns(),
                subject.columns("r"),
                proof.from(),
                range(),
                proof.settled(),
                proof.to(),
                equal("o", "r"),
                named("t"),
                proof.hash("t"),
                repairs(),
                PieceRecord.RUN,
                proof.to().quoted(),
                repairs(),
                PieceRecord.RUN,
                proof.to().quoted());
        return slices(measured, work);
    }

    private Slices slices(String measured, Sql work) {
        Slices proved = proof.slices();
        Sql differing = Sql.of(
                """
                SELECT s.part, s.lower, s.upper, s.weight
                  FROM %s AS s JOIN %s AS p ON p.run = s.run AND p.ordinal = s.step
                 WHERE s.run = %s AND p.id = %L AND NOT s.back AND s.expected IS DISTINCT FROM s.found ORDER BY s.number""",
                subject.subject().journalTable("slice"),
                subject.subject().journalTable("step"),
                PieceRecord.RUN,
                measured);
        return new Slices(proved.unit(), differing, SliceWork.of(work), proved.cut());
    }

    private Sql repairs() {
        return subject.subject().journalTable("repair");
    }

    private Sql range() {
        return new Sql(proof.range());
    }

    private Sql numbered(String alias) {
        List<String> key = subject.key();
        return Sql.join(
                ", ",
                IntStream.range(0, key.size())
                        .mapToObj(i -> Sql.of("%s.%I AS %I", new Sql(alias), key.get(i), Capture.column(i)))
                        .toList());
    }

    private Sql equalNumbered(String alias, String numbered) {
        List<String> key = subject.key();
        return Sql.join(
                " AND ",
                IntStream.range(0, key.size())
                        .mapToObj(i -> Sql.of(
                                "%s.%I = %s.%I", new Sql(alias), key.get(i), new Sql(numbered), Capture.column(i)))
                        .toList());
    }

    private Sql texts(String numbered) {
        return Sql.join(
                ", ",
                IntStream.range(0, subject.key().size())
                        .mapToObj(i -> Sql.of("%s.%I::text", new Sql(numbered), Capture.column(i)))
                        .toList());
    }

    private Sql named(String alias) {
        return Sql.join(
                ", ",
                subject.key().stream()
                        .map(c -> Sql.of("%s.%I::text", new Sql(alias), c))
                        .toList());
    }

    private Sql equal(String left, String right) {
        return Sql.join(
                " AND ",
                subject.key().stream()
                        .map(c -> Sql.of("%s.%I = %s.%I", new Sql(left), c, new Sql(right), c))
                        .toList());
    }
}
