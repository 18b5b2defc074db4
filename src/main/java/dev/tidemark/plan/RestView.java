package dev.tidemark.plan;

import dev.tidemark.schema.Column;
import dev.tidemark.schema.Grant;
import dev.tidemark.sql.Sql;
import dev.tidemark.sql.TableName;
import java.util.ArrayList;
import java.util.List;

/**
 * The view that shows what was copied and what was not as one: the whole of the new table, and of the retired one what is older than the boundary. No row is
 * in it twice, because the retired table's newer rows are those that were copied.
 *
 * <p>It belongs to the table's owner and may be read by whoever may read the table. Since PostgreSQL 15 it reads with the rights of whoever reads it, so that
 * policies of both tables hold; before, it is granted to nobody where there are policies.
 */
final class RestView {
    private static final int INVOKER_SINCE = 150_000;

    private final CopySubject subject;
    private final Rest rest;
    private final int serverVersion;

    RestView(CopySubject subject, Rest rest, int serverVersion) {
        this.subject = subject;
        this.rest = rest;
        this.serverVersion = serverVersion;
    }

    /** Statements of the cutover, when both tables have their names. */
    List<Sql> create() {
        List<Sql> sql = new ArrayList<>();
        Sql columns = columns("n");
        sql.add(Sql.of(
                """
                CREATE VIEW %I%s AS
                SELECT %s FROM %I AS n
                UNION ALL
                SELECT %s FROM %I AS o WHERE %s""",
                rest.view(),
                new Sql(serverVersion >= INVOKER_SINCE ? " WITH (security_invoker = true)" : ""),
                columns,
                subject.name(),
                columns("o"),
                subject.retired(),
                rest.boundary().left("o")));
        sql.add(Twin.revokeDefaultPrivileges(rest.view()));
        sql.add(Sql.of("ALTER VIEW %I OWNER TO %I", rest.view(), subject.table().owner()));
        if (serverVersion >= INVOKER_SINCE || !subject.table().security().enabled()) {
            subject.table().grants().stream()
                    .filter(RestView::isToRead)
                    .forEach(grant -> sql.add(Sql.of("GRANT SELECT ON TABLE %I TO %s", rest.view(), to(grant))));
            for (Column column : subject.table().columns()) {
                column.grants().stream()
                        .filter(RestView::isToRead)
                        .forEach(grant -> sql.add(
                                Sql.of("GRANT SELECT (%I) ON TABLE %I TO %s", column.name(), rest.view(), to(grant))));
            }
        }
        sql.add(Sql.of(
                "COMMENT ON VIEW %I IS %L",
                rest.view(),
                "Made by Tidemark: all rows of " + subject.name() + ", those before "
                        + rest.boundary().words() + " from " + subject.retired() + "."));
        return sql;
    }

    private static boolean isToRead(Grant grant) {
        return grant.privilege().equals("SELECT");
    }

    private static Sql to(Grant grant) {
        return Sql.of(
                "%s%s",
                grant.grantee().isEmpty() ? new Sql("PUBLIC") : Sql.of("%I", grant.grantee()),
                new Sql(grant.grantable() ? " WITH GRANT OPTION" : ""));
    }

    private Sql columns(String alias) {
        return Sql.join(
                ", ",
                subject.table().columns().stream()
                        .map(c -> Sql.of("%s.%I", new Sql(alias), c.name()))
                        .toList());
    }

    /** Takes it away, unless something else has its name by now. */
    static Sql drop(TableName view) {
        return Sql.of(
                """
                DO $tidemark$
                BEGIN
                    IF EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%L) AND relkind = 'v') THEN
                        DROP VIEW %I;
                    END IF;
                END
                $tidemark$""",
                view.quoted(), view);
    }

    /** Raises TM502 where something that came since needs it. */
    Sql check() {
        return Sql.of(
                """
                DO $tidemark$
                DECLARE
                    found record;
                BEGIN
                    FOR found IN
                        SELECT pg_describe_object(d.classid, d.objid, d.objsubid) AS what
                          FROM pg_depend AS d
                          LEFT JOIN pg_rewrite AS w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
                         WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass(%L) AND d.deptype = 'n' AND w.ev_class IS DISTINCT FROM d.refobjid
                         LIMIT 1
                    LOOP
                        RAISE EXCEPTION '%% reads the view %%, which goes with the way back', found.what, %L
                            USING ERRCODE = 'TM502', HINT = 'Drop it, and make it again on the table afterwards.';
                    END LOOP;
                END
                $tidemark$""",
                rest.view().quoted(), rest.view().quoted());
    }
}
