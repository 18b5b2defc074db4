package dev.tidemark.plan;

import dev.tidemark.schema.Counted;
import dev.tidemark.schema.MissingRight;
import dev.tidemark.schema.Server;
import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Everything that planning to finalize knows.
 *
 * @param request what is wanted
 * @param runId the conversion's run, empty if the table has none that is done
 * @param tables its tables
 * @param strategy how it was done
 * @param age how long ago the cutover was; empty if there was none
 * @param retired the retired tables that still exist, with their leaves
 * @param copies tables whose rows were copied, with their retired ones
 * @param server the server
 * @param journal the schema of the journal
 * @param journalMissing what this user may not do with the journal although finalizing has to
 * @param remainders what was not copied
 */
public record FinalizeSituation(
        FinalizeRequest request,
        Optional<String> runId,
        List<TableName> tables,
        Strategy strategy,
        Optional<Duration> age,
        List<Retired> retired,
        List<CopiedTable> copies,
        Server server,
        String journal,
        List<MissingRight> journalMissing,
        List<Remainder> remainders) {

    /**
     * A retired table.
     *
     * @param name its name
     * @param leaves what holds its rows: its leaf partitions, or itself
     * @param filled those of them that hold rows
     * @param referenced tables that its foreign keys reference; dropping it takes ACCESS EXCLUSIVE on them
     */
    public record Retired(TableName name, List<TableName> leaves, List<TableName> filled, List<TableName> referenced) {
        public Retired {
            leaves = List.copyOf(leaves);
            filled = List.copyOf(filled);
            referenced = List.copyOf(referenced);
        }
    }

    /**
     * Rows that a copy left in a retired table.
     *
     * @param table the table
     * @param retired the retired one
     * @param rest where they end, and what shows them
     * @param viewIsThere whether what shows them is there still
     * @param left how many there are
     */
    public record Remainder(TableName table, TableName retired, Rest rest, boolean viewIsThere, Counted left) {}

    public FinalizeSituation {
        remainders = List.copyOf(remainders);
        tables = List.copyOf(tables);
        retired = List.copyOf(retired);
        copies = List.copyOf(copies);
        journalMissing = List.copyOf(journalMissing);
    }
}
