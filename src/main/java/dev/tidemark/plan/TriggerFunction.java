package dev.tidemark.plan;

import dev.tidemark.schema.ForeignKey;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * One function of a substitute, with the triggers that call it.
 *
 * <p>It runs as the owner of the table it reads, as PostgreSQL's own checks do, so the application needs no right on the other table. Hence nobody else
 * may execute it: with EXECUTE, anyone could hang it on a table of his own and change the other one with its owner's rights. The owner of the table
 * it hangs on may: TimescaleDB makes new chunks, their triggers included, as that role, and he could do the same through his table anyway.
 *
 * @param name its name
 * @param owner the role it runs as
 * @param caller the owner of the table that its triggers hang on
 * @param body its text
 * @param triggers what calls it
 * @param purpose what it does, for its comment
 */
record TriggerFunction(TableName name, String owner, String caller, Sql body, List<Trigger> triggers, String purpose) {
    TriggerFunction {
        triggers = List.copyOf(triggers);
    }

    /**
     * A trigger.
     *
     * @param name its name
     * @param table where it hangs
     * @param deferrable whether it must be a constraint trigger
     * @param events everything between its name and the function
     */
    record Trigger(String name, TableName table, boolean deferrable, Sql events) {}

    List<Sql> create(ForeignKey key) {
        List<Sql> sql = new ArrayList<>();
        // row_security: a policy that hid rows would make the check wrong; an error is better.
        // force_custom_plan: a plan made for one row is wrong for a bulk load, and the other way round.
        sql.add(Sql.of(
                """
                CREATE FUNCTION %I() RETURNS trigger
                    LANGUAGE plpgsql SECURITY DEFINER
                    SET search_path = pg_catalog, pg_temp
                    SET plan_cache_mode = force_custom_plan
                    SET row_security = off
                AS %s""",
                name, Sql.of("$tidemark$\n%s\n$tidemark$", body)));
        sql.add(Sql.of("REVOKE ALL ON FUNCTION %I() FROM PUBLIC", name));
        sql.add(giveToOwner(name, owner));
        sql.add(Sql.of("GRANT USAGE ON SCHEMA %I TO %I", name.schema(), caller));
        sql.add(Sql.of("GRANT EXECUTE ON FUNCTION %I() TO %I", name, caller));
        sql.add(Sql.of(
                "COMMENT ON FUNCTION %I() IS %L",
                name,
                "Made by Tidemark in place of foreign key " + Sql.identifier(key.name()) + " of " + key.child() + ", "
                        + key.definition() + ": " + purpose));
        for (Trigger trigger : triggers) {
            sql.add(Sql.of(
                    "CREATE %sTRIGGER %I %s EXECUTE FUNCTION %I()",
                    new Sql(trigger.deferrable() ? "CONSTRAINT " : ""), trigger.name(), trigger.events(), name));
        }
        return sql;
    }

    List<Sql> dropTriggers() {
        return triggers.stream()
                .map(t -> Sql.of("DROP TRIGGER IF EXISTS %I ON %I", t.name(), t.table()))
                .toList();
    }

    Sql drop() {
        return Sql.of("DROP FUNCTION IF EXISTS %I()", name);
    }

    /** An owner must be allowed to create in the schema at the moment of becoming one, not later. */
    static Sql giveToOwner(TableName name, String owner) {
        return Sql.of(
                "DO %s",
                Sql.of(
                        "$tidemark$\n%s\n$tidemark$",
                        Sql.of(
                                """
                        BEGIN
                            IF has_schema_privilege(%L, %L, 'CREATE') THEN
                                ALTER FUNCTION %I() OWNER TO %I;
                            ELSE
                                GRANT CREATE ON SCHEMA %I TO %I;
                                ALTER FUNCTION %I() OWNER TO %I;
                                REVOKE CREATE ON SCHEMA %I FROM %I;
                            END IF;
                        END""",
                                owner,
                                name.schema(),
                                name,
                                owner,
                                name.schema(),
                                owner,
                                name,
                                owner,
                                name.schema(),
                                owner)));
    }
}
