package dev.tidemark.plan;

import dev.tidemark.plan.Action.Nothing;
import dev.tidemark.plan.Action.Online;
import dev.tidemark.schema.MissingRight;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The recipe of proving a conversion again. */
public final class ToProof {
    private static final Nothing NOTHING =
            new Nothing("nothing to take back: a proof changes nothing that the application uses");

    /**
     * What it is to be proved of.
     *
     * @param request what is wanted
     * @param runId the conversion
     * @param tables its tables
     * @param strategy how it was done
     * @param copies the tables with their others, where rows were copied
     * @param queries what proves storage that changed owner: proof, expected, found
     * @param user who asks
     * @param journal the schema of the journal
     * @param journalMissing what this user may not do with the journal
     */
    public record Subject(
            VerifyRequest request,
            String runId,
            List<TableName> tables,
            Strategy strategy,
            List<CopiedTable> copies,
            List<Sql> queries,
            String user,
            String journal,
            List<MissingRight> journalMissing) {
        public Subject {
            tables = List.copyOf(tables);
            copies = List.copyOf(copies);
            queries = List.copyOf(queries);
            journalMissing = List.copyOf(journalMissing);
        }
    }

    private ToProof() {}

    /** The plan; without steps where a finding blocks it. */
    public static Plan plan(Subject subject) {
        List<Finding> findings = findings(subject);
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("conversion", subject.runId());
        identity.put("cutover", String.valueOf(subject.copies().stream().allMatch(CopiedTable::cutOver)));
        identity.put("repair", String.valueOf(subject.request().repair()));
        return new Plan(
                VerifyRequest.KIND,
                subject.tables(),
                identity,
                subject.strategy(),
                subject.strategy() == Strategy.COPY
                        ? "every row of both sides is compared while the application goes on."
                        : "what changed owner is looked for, and read through the table's name.",
                subject.request().tuning().maxPause(),
                findings,
                findings.stream().anyMatch(Finding::blocking) ? List.of() : steps(subject),
                Estimate.NONE);
    }

    private static List<Finding> findings(Subject subject) {
        List<Finding> findings = new ArrayList<>();
        if (!subject.journalMissing().isEmpty()) {
            findings.add(
                    MissingRights.finding(subject.journalMissing(), subject.user(), "where proofs are written down"));
        }
        if (!subject.request().repair()) {
            return findings;
        }
        if (subject.strategy() != Strategy.COPY) {
            findings.add(Finding.blocking(
                    "TM405",
                    "repair makes a copy or a retired table equal, and " + subject.tables()
                            + " were not copied: the rows that were there before are the table's own.",
                    "Leave repair out. What a proof of storage misses has to be looked for in backups."));
        }
        subject.copies().stream()
                .filter(copy -> copy.key().isEmpty())
                .forEach(copy -> findings.add(Finding.blocking(
                        "TM406",
                        copy.table().name()
                                + " has no key by which one row could be told from another, so none can be repaired.",
                        "Leave repair out.")));
        subject.copies().stream()
                .filter(copy -> !copy.uncompared().isEmpty())
                .forEach(copy -> findings.add(Finding.blocking(
                        "TM406",
                        "Columns " + String.join(", ", copy.uncompared()) + " are not the same in "
                                + copy.table().name() + " and " + copy.other().name()
                                + ", so no row of one can replace a row of the other.",
                        "Give both the same columns, or leave repair out.")));
        return findings;
    }

    private static List<Step> steps(Subject subject) {
        if (subject.strategy() == Strategy.COPY) {
            return new CopyProofSteps(subject.copies(), false, NOTHING)
                    .steps("prove", "judge", subject.request().repair());
        }
        return List.of(new Step(
                "prove",
                "Everything that became a chunk or a partition is still one, and is read through the table's name.",
                new Online(subject.queries().stream()
                        .map(query -> holds(query, subject.journal()))
                        .toList()),
                NOTHING));
    }

    private static Sql holds(Sql query, String journal) {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    held record;
                BEGIN
                    FOR held IN %s
                    LOOP
                        IF held.expected IS DISTINCT FROM held.found THEN
                            RAISE EXCEPTION 'proof failed: %%: %%, expected %%', held.proof, held.found, held.expected USING ERRCODE = 'TM500';
                        END IF;
                        INSERT INTO %I AS known (run, kind, subject, before, after) VALUES (%s, 'proved again', held.proof, held.expected, held.found)
                        ON CONFLICT (run, kind, subject) DO UPDATE SET before = excluded.before, after = excluded.after, at = clock_timestamp();
                    END LOOP;
                END
                $tidemark$""",
                query, new TableName(journal, "proof"), PieceRecord.RUN);
    }
}
