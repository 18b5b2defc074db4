package dev.tidemark.schema;

import java.util.Optional;

/**
 * How pg_partman manages a table: its row of {@code part_config}, found by the name that was given at {@code create_parent} time.
 *
 * @param parentTable the key of the row, as stored
 * @param interval the width of partitions
 * @param premake how many partitions it makes ahead
 * @param retention how long it keeps partitions
 * @param keepsTable whether retention detaches and keeps instead of dropping
 * @param automatic whether {@code run_maintenance} works on it
 * @param suffixFormat the pattern of partition names after {@code _p}, in {@code to_char} form
 * @param row the whole row as JSON, to be put back by undo
 * @param subRow its row of {@code part_config_sub} as JSON, if it has one
 */
public record PartmanConfiguration(
        String parentTable,
        String interval,
        int premake,
        Optional<String> retention,
        boolean keepsTable,
        boolean automatic,
        Optional<String> suffixFormat,
        String row,
        Optional<String> subRow) {}
