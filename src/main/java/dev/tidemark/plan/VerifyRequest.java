package dev.tidemark.plan;

import dev.tidemark.sql.TableName;

/**
 * The wish to prove a conversion again that has not been finalized, or one that stopped at its proof.
 *
 * @param table a table of the conversion; the whole group is proved
 * @param repair whether rows that differ are made equal, on the side that the application does not use
 * @param tuning how it is carried out
 */
public record VerifyRequest(TableName table, boolean repair, Tuning tuning) {
    /** The kind of run in the journal; also the name of the Liquibase change. */
    public static final String KIND = "verifyConversion";

    /** A proof that repairs nothing. */
    public static VerifyRequest of(TableName table) {
        return new VerifyRequest(table, false, Options.DEFAULTS.tuning());
    }
}
