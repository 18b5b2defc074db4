package dev.tidemark.maintenance;

import dev.tidemark.session.Session;
import dev.tidemark.sql.Refused;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.Optional;

/** Whether Tidemark looks after a table, and if not, who does and how that is changed. */
final class Managed {
    private final Session session;
    private final String schema;

    Managed(Session session, String schema) {
        this.session = session;
        this.schema = schema;
    }

    /** @throws Refused if it does not */
    void require(TableName table, boolean installed) {
        String there = first(Sql.of("SELECT to_regclass(%L) IS NOT NULL", table.quoted()))
                .orElse("f");
        if (!there.equals("t")) {
            throw new Refused("There is no table " + table + ".");
        }
        if (!installed || !isListed(table)) {
            throw new Refused("Tidemark does not look after " + table + ": " + why(table, installed));
        }
    }

    private boolean isListed(TableName table) {
        return first(Sql.of(
                        "SELECT EXISTS (SELECT FROM %I WHERE relation = to_regclass(%L) AND NOT suspended) OR EXISTS (SELECT FROM %I WHERE relation = to_regclass(%L))",
                        new TableName(schema, "partition_set"),
                        table.quoted(),
                        new TableName(schema, "retention_policy"),
                        table.quoted()))
                .filter("t"::equals)
                .isPresent();
    }

    private String why(TableName table, boolean installed) {
        return (installed ? suspended(table) : Optional.<String>empty())
                .or(() -> parent(table))
                .or(() -> partman(table))
                .orElseGet(() -> "no conversion has put it on the list in schema " + Sql.identifier(schema)
                        + ". convertToPartitions does, and leaves partitions as they are where it has them already"
                        + (installed
                                ? "; so does SELECT " + Sql.identifier(schema) + ".manage_partitions("
                                        + Sql.of("%L", table.quoted()).text()
                                        + ", width => '1 day') with the width that they have."
                                : "."));
    }

    private Optional<String> suspended(TableName table) {
        return first(Sql.of(
                        "SELECT relation::text FROM %I WHERE relation = to_regclass(%L)",
                        new TableName(schema, "partition_set"), table.quoted()))
                .map(name ->
                        "a conversion has put another table in its place. Name that one, or take the conversion back.");
    }

    private Optional<String> parent(TableName table) {
        return first(Sql.of(
                        "SELECT i.inhparent::regclass::text FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid WHERE i.inhrelid = to_regclass(%L) AND c.relispartition",
                        table.quoted()))
                .map(whole -> "it is a partition. Name its table, " + whole + ".");
    }

    private Optional<String> partman(TableName table) {
        return first(
                        new Sql(
                                "SELECT quote_ident(n.nspname) || '.part_config' FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'pg_partman'"))
                .filter(config -> first(Sql.of("SELECT has_table_privilege(%L, 'SELECT')", config))
                        .filter("t"::equals)
                        .isPresent())
                .filter(config -> first(Sql.of(
                                "SELECT 'there' FROM %s WHERE to_regclass(parent_table) = to_regclass(%L)",
                                new Sql(config), table.quoted()))
                        .isPresent())
                .map(
                        config ->
                                "pg_partman does. convertToPartitions with managedBy=\"tidemark\" hands it over, and touches no row.");
    }

    private Optional<String> first(Sql query) {
        return session.first(query.text(), r -> r.getString(1));
    }
}
