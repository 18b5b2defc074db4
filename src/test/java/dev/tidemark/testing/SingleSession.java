package dev.tidemark.testing;

import java.util.Set;

/** A fresh start on a server that has one database and one session: everything of an earlier test is dropped, extensions stay. */
final class SingleSession {

    /**
     * What a connection inherits from the one before, as far as it can be undone: after RESET ALL, and so after DISCARD ALL, this build
     * answers DROP TABLE with success and drops nothing.
     */
    static final String FORGET =
            """
            DEALLOCATE ALL; DISCARD TEMP; RESET SESSION AUTHORIZATION; RESET lock_timeout; RESET statement_timeout;
            SELECT pg_advisory_unlock_all()
            """;

    private static final String EMPTY =
            """
            DO $$
            DECLARE
                object record;
            BEGIN
                FOR object IN
                    SELECT format('DROP SCHEMA %I CASCADE', n.nspname) AS command
                    FROM pg_namespace n
                    WHERE n.nspname NOT IN ('public', 'information_schema', 'pg_catalog', 'pg_toast')
                      AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%'
                      AND NOT EXISTS (SELECT FROM pg_depend d
                                      WHERE d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e')
                    UNION ALL
                    SELECT format('DROP %s IF EXISTS public.%I CASCADE',
                                  CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                                                 WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, c.relname)
                    FROM pg_class c
                    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
                      AND NOT EXISTS (SELECT FROM pg_depend d
                                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
                    UNION ALL
                    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
                    FROM pg_proc p
                    WHERE p.pronamespace = 'public'::regnamespace
                      AND NOT EXISTS (SELECT FROM pg_depend d
                                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
                LOOP
                    EXECUTE object.command;
                END LOOP;
            END $$
            """;

    private SingleSession() {}

    static Database emptied(Database database, Set<Capability> capabilities) {
        database.execute(EMPTY);
        for (String extension : Database.extensions(capabilities)) {
            database.execute("CREATE EXTENSION IF NOT EXISTS " + extension);
        }
        return database;
    }
}
