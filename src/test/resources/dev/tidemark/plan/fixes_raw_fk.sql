CREATE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET row_security = off
AS $tidemark$
DECLARE
    keys text := 'SELECT "raw_message_id" AS k1, "received_at" AS k2 FROM newt';
    total bigint;
    missing bigint;
    bad record;
    lo timestamp with time zone;
    hi timestamp with time zone;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Only keys that more rows have than before: rows that dangle already can be updated.
        keys := keys || ' EXCEPT ALL SELECT "raw_message_id" AS k1, "received_at" AS k2 FROM oldt';
        SELECT count(*), min(n.k2), max(n.k2) INTO total, lo, hi
          FROM (SELECT newt."raw_message_id" AS k1, newt."received_at" AS k2 FROM newt EXCEPT ALL SELECT oldt."raw_message_id" AS k1, oldt."received_at" AS k2 FROM oldt) AS n
         WHERE n.k1 IS NOT NULL AND n.k2 IS NOT NULL;
    ELSE
        SELECT count(*), min(n.k2), max(n.k2) INTO total, lo, hi
          FROM (SELECT newt."raw_message_id" AS k1, newt."received_at" AS k2 FROM newt) AS n
         WHERE n.k1 IS NOT NULL AND n.k2 IS NOT NULL;
    END IF;
    IF total = 0 THEN
        RETURN NULL;
    END IF;
    IF total = 1 AND TG_OP = 'INSERT' THEN
        -- The usual insert: planned with constants, for one chunk.
        SELECT n.* INTO bad FROM (SELECT newt."raw_message_id" AS k1, newt."received_at" AS k2 FROM newt) AS n WHERE n.k1 IS NOT NULL AND n.k2 IS NOT NULL;
        PERFORM FROM "public"."raw_messages" AS p WHERE p."id" OPERATOR(pg_catalog.=) bad.k1 AND p."received_at" OPERATOR(pg_catalog.=) bad.k2;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    EXECUTE 'SELECT count(*) FROM (' || keys || ') AS n WHERE n.k1 IS NOT NULL AND n.k2 IS NOT NULL AND NOT EXISTS (SELECT FROM "public"."raw_messages" AS p WHERE p."id" OPERATOR(pg_catalog.=) n.k1 AND p."received_at" OPERATOR(pg_catalog.=) n.k2 AND p."received_at" >= $1 AND p."received_at" <= $2)'
       INTO missing
      USING lo, hi;
    IF missing = 0 THEN
        RETURN NULL;
    END IF;
    EXECUTE 'SELECT n.* FROM (SELECT *, row_number() OVER () AS o FROM (' || keys || ') AS k) AS n WHERE n.k1 IS NOT NULL AND n.k2 IS NOT NULL AND NOT EXISTS (SELECT FROM "public"."raw_messages" AS p WHERE p."id" OPERATOR(pg_catalog.=) n.k1 AND p."received_at" OPERATOR(pg_catalog.=) n.k2 AND p."received_at" >= $1 AND p."received_at" <= $2) ORDER BY n.o LIMIT 1'
       INTO bad
      USING lo, hi;
    RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = 'public', TABLE = 'fixes', CONSTRAINT = 'fixes_raw_fk',
            MESSAGE = 'insert or update on table "fixes" violates foreign key constraint "fixes_raw_fk"',
            DETAIL = CASE WHEN has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), '"public"."fixes"'::regclass, 'SELECT')
                           AND NOT (SELECT relrowsecurity FROM pg_class WHERE oid = '"public"."fixes"'::regclass)
                          THEN 'Key (raw_message_id, received_at)=(' || concat_ws(', ', bad.k1, bad.k2) || ') ' ELSE 'Key ' END || 'is not present in table "raw_messages".';
END
$tidemark$;
REVOKE ALL ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"() FROM PUBLIC;
DO $tidemark$
BEGIN
    IF has_schema_privilege('app', 'tidemark', 'CREATE') THEN
        ALTER FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"() OWNER TO "app";
    ELSE
        GRANT CREATE ON SCHEMA "tidemark" TO "app";
        ALTER FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"() OWNER TO "app";
        REVOKE CREATE ON SCHEMA "tidemark" FROM "app";
    END IF;
END
$tidemark$;
GRANT USAGE ON SCHEMA "tidemark" TO "app";
GRANT EXECUTE ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"() TO "app";
COMMENT ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"() IS 'Made by Tidemark in place of foreign key "fixes_raw_fk" of "public"."fixes", FOREIGN KEY (raw_message_id, received_at) REFERENCES public.raw_messages(id, received_at): checks INSERT and UPDATE of the child';
CREATE TRIGGER "fixes_raw_fk_83686f9b02eb_i" AFTER INSERT ON "public"."fixes" REFERENCING NEW TABLE AS newt FOR EACH STATEMENT EXECUTE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"();
CREATE TRIGGER "fixes_raw_fk_83686f9b02eb_u" AFTER UPDATE ON "public"."fixes" REFERENCING OLD TABLE AS oldt NEW TABLE AS newt FOR EACH STATEMENT EXECUTE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_c"();
CREATE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET row_security = off
AS $tidemark$
BEGIN
    IF OLD."id" IS NULL OR OLD."received_at" IS NULL THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT FROM "public"."fixes" AS c WHERE OLD."id" OPERATOR(pg_catalog.=) c."raw_message_id" AND OLD."received_at" OPERATOR(pg_catalog.=) c."received_at")
           AND NOT EXISTS (SELECT FROM "public"."raw_messages" AS p WHERE p."id" OPERATOR(pg_catalog.=) OLD."id" AND p."received_at" OPERATOR(pg_catalog.=) OLD."received_at") THEN
            RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = 'public', TABLE = 'fixes', CONSTRAINT = 'fixes_raw_fk',
                MESSAGE = 'update or delete on table "raw_messages" violates foreign key constraint "fixes_raw_fk" on table "fixes"',
                DETAIL = CASE WHEN has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), '"public"."raw_messages"'::regclass, 'SELECT')
                           AND NOT (SELECT relrowsecurity FROM pg_class WHERE oid = '"public"."raw_messages"'::regclass)
                          THEN 'Key (id, received_at)=(' || concat_ws(', ', OLD."id", OLD."received_at") || ') ' ELSE 'Key ' END || 'is still referenced from table "fixes".';
        END IF;
    ELSE
        IF EXISTS (SELECT FROM "public"."fixes" AS c WHERE OLD."id" OPERATOR(pg_catalog.=) c."raw_message_id" AND OLD."received_at" OPERATOR(pg_catalog.=) c."received_at")
           AND NOT EXISTS (SELECT FROM "public"."raw_messages" AS p WHERE p."id" OPERATOR(pg_catalog.=) OLD."id" AND p."received_at" OPERATOR(pg_catalog.=) OLD."received_at") THEN
            RAISE EXCEPTION USING ERRCODE = '23503', SCHEMA = 'public', TABLE = 'fixes', CONSTRAINT = 'fixes_raw_fk',
                MESSAGE = 'update or delete on table "raw_messages" violates foreign key constraint "fixes_raw_fk" on table "fixes"',
                DETAIL = CASE WHEN has_table_privilege(coalesce(nullif(current_setting('role'), 'none'), session_user), '"public"."raw_messages"'::regclass, 'SELECT')
                           AND NOT (SELECT relrowsecurity FROM pg_class WHERE oid = '"public"."raw_messages"'::regclass)
                          THEN 'Key (id, received_at)=(' || concat_ws(', ', OLD."id", OLD."received_at") || ') ' ELSE 'Key ' END || 'is still referenced from table "fixes".';
        END IF;
    END IF;
    RETURN NULL;
END
$tidemark$;
REVOKE ALL ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"() FROM PUBLIC;
DO $tidemark$
BEGIN
    IF has_schema_privilege('app', 'tidemark', 'CREATE') THEN
        ALTER FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"() OWNER TO "app";
    ELSE
        GRANT CREATE ON SCHEMA "tidemark" TO "app";
        ALTER FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"() OWNER TO "app";
        REVOKE CREATE ON SCHEMA "tidemark" FROM "app";
    END IF;
END
$tidemark$;
GRANT USAGE ON SCHEMA "tidemark" TO "app";
GRANT EXECUTE ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"() TO "app";
COMMENT ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"() IS 'Made by Tidemark in place of foreign key "fixes_raw_fk" of "public"."fixes", FOREIGN KEY (raw_message_id, received_at) REFERENCES public.raw_messages(id, received_at): checks or carries on DELETE and UPDATE of the parent';
CREATE TRIGGER "fixes_raw_fk_83686f9b02eb_d" AFTER DELETE ON "public"."raw_messages" FOR EACH ROW EXECUTE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"();
CREATE TRIGGER "fixes_raw_fk_83686f9b02eb_k" AFTER UPDATE ON "public"."raw_messages" FOR EACH ROW WHEN ((OLD."id" OPERATOR(pg_catalog.=) NEW."id" AND OLD."received_at" OPERATOR(pg_catalog.=) NEW."received_at") IS NOT TRUE) EXECUTE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_p"();
CREATE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_t"() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    SET plan_cache_mode = force_custom_plan
    SET row_security = off
AS $tidemark$
BEGIN
    IF EXISTS (SELECT FROM "public"."fixes" AS c WHERE c."raw_message_id" IS NOT NULL AND c."received_at" IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '0A000',
            MESSAGE = 'cannot truncate a table referenced in a foreign key constraint',
            DETAIL = 'Table "fixes" references "raw_messages".',
            HINT = 'Truncate table "fixes" at the same time.';
    END IF;
    RETURN NULL;
END
$tidemark$;
REVOKE ALL ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_t"() FROM PUBLIC;
DO $tidemark$
BEGIN
    IF has_schema_privilege('app', 'tidemark', 'CREATE') THEN
        ALTER FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_t"() OWNER TO "app";
    ELSE
        GRANT CREATE ON SCHEMA "tidemark" TO "app";
        ALTER FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_t"() OWNER TO "app";
        REVOKE CREATE ON SCHEMA "tidemark" FROM "app";
    END IF;
END
$tidemark$;
GRANT USAGE ON SCHEMA "tidemark" TO "app";
GRANT EXECUTE ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_t"() TO "app";
COMMENT ON FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_t"() IS 'Made by Tidemark in place of foreign key "fixes_raw_fk" of "public"."fixes", FOREIGN KEY (raw_message_id, received_at) REFERENCES public.raw_messages(id, received_at): checks TRUNCATE of the parent';
CREATE TRIGGER "fixes_raw_fk_83686f9b02eb_t" AFTER TRUNCATE ON "public"."raw_messages" FOR EACH STATEMENT EXECUTE FUNCTION "tidemark"."fixes_raw_fk_83686f9b02eb_t"();
INSERT INTO "tidemark"."substitute" (child, name, parent, definition, orphans) VALUES ('"public"."fixes"', 'fixes_raw_fk', '"public"."raw_messages"', 'FOREIGN KEY (raw_message_id, received_at) REFERENCES public.raw_messages(id, received_at)', 'SELECT count(*)
  FROM "public"."fixes" AS c
 WHERE (c."raw_message_id" IS NOT NULL AND c."received_at" IS NOT NULL
        AND NOT EXISTS (SELECT FROM "public"."raw_messages" AS p WHERE p."id" OPERATOR(pg_catalog.=) c."raw_message_id" AND p."received_at" OPERATOR(pg_catalog.=) c."received_at"))');

DROP TRIGGER IF EXISTS "fixes_raw_fk_83686f9b02eb_i" ON "public"."fixes";
DROP TRIGGER IF EXISTS "fixes_raw_fk_83686f9b02eb_u" ON "public"."fixes";
DROP TRIGGER IF EXISTS "fixes_raw_fk_83686f9b02eb_d" ON "public"."raw_messages";
DROP TRIGGER IF EXISTS "fixes_raw_fk_83686f9b02eb_k" ON "public"."raw_messages";
DROP TRIGGER IF EXISTS "fixes_raw_fk_83686f9b02eb_t" ON "public"."raw_messages";
DROP FUNCTION IF EXISTS "tidemark"."fixes_raw_fk_83686f9b02eb_c"();
DROP FUNCTION IF EXISTS "tidemark"."fixes_raw_fk_83686f9b02eb_p"();
DROP FUNCTION IF EXISTS "tidemark"."fixes_raw_fk_83686f9b02eb_t"();
DELETE FROM "tidemark"."substitute" WHERE child = '"public"."fixes"' AND name = 'fixes_raw_fk';
