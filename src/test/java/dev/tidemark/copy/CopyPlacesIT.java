package dev.tidemark.copy;

import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.TIMESCALEDB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import dev.tidemark.testing.Rows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A hundred values of the copy are changed behind our back, of every kind that comparisons take for the same: each is named, no other is. */
@PostgresTest(
        needs = {TIMESCALEDB, SEVERAL_SESSIONS},
        promise = "a proof names each of a hundred changed values by row and column")
class CopyPlacesIT {
    private static final int ROWS = 5_000;
    private static final int PLACES = 100;
    private static final List<String> STAGES = List.of("indexes", "catch-up", "prove");

    /** Name and type of a column, its value in every row, and what some rows of the copy get. */
    private record Kind(String name, String type, String value, List<String> others) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("exact", "numeric", "1.0", List.of("1.00", "'NaN'", "NULL")),
            new Kind("approximate", "double precision", "0.0", List.of("'-0.0'", "'NaN'")),
            new Kind("small", "real", "0", List.of("'-0'")),
            new Kind("days", "interval", "'1 day'", List.of("'24 hours'")),
            new Kind("months", "interval", "'1 mon'", List.of("'30 days'")),
            new Kind("document", "jsonb", "'{\"a\": 1.0}'", List.of("'{\"a\": 1.00}'", "'null'", "NULL")),
            new Kind("plain", "json", "'{\"a\":1}'", List.of("'{\"a\": 1}'")),
            new Kind("words", "text", "''", List.of("NULL", "' '")),
            new Kind("short", "varchar(20)", "'a'", List.of("'a '")),
            new Kind("padded", "bpchar", "'ab'", List.of("'ab '")),
            new Kind("bytes", "bytea", "'\\x00'", List.of("'\\x0000'", "''", "NULL")),
            new Kind("list", "int[]", "'{1,2}'", List.of("'[0:1]={1,2}'")),
            new Kind("nested", "text[]", "'{NULL}'", List.of("'{\"NULL\"}'", "'{}'")),
            new Kind("flag", "boolean", "false", List.of("NULL")),
            new Kind("n2", "smallint", "0", List.of("NULL")),
            new Kind("n4", "integer", "1", List.of("-1")),
            // Their halves fold into one number.
            new Kind("n8", "bigint", "1", List.of("4294967296")),
            new Kind("of_day", "time", "'24:00'", List.of("'00:00'")),
            new Kind("zoned", "timetz", "'12:00+00'", List.of("'13:00+01'")),
            new Kind("stamp", "timestamp", "'2026-01-01'", List.of("'2026-01-01 00:00:00.000001'")),
            new Kind("moment", "timestamptz", "'2026-01-01 00:00Z'", List.of("'infinity'")),
            new Kind("day", "date", "'2026-01-01'", List.of("'-infinity'")),
            new Kind("address", "inet", "'10.0.0.1'", List.of("'10.0.0.1/31'")),
            new Kind("net", "cidr", "'10.0.0.0/8'", List.of("'10.0.0.0/9'")),
            new Kind("mac", "macaddr", "'08:00:2b:01:02:03'", List.of("'08:00:2b:01:02:04'")),
            new Kind("bits", "bit varying", "B''", List.of("B'0'")),
            new Kind(
                    "ident",
                    "uuid",
                    "'00000000-0000-0000-0000-000000000001'",
                    List.of("'10000000-0000-0000-0000-000000000000'")),
            new Kind("span", "int4range", "'[1,2]'", List.of("'empty'")),
            new Kind("spans", "int4multirange", "'{}'", List.of("NULL")),
            new Kind("price", "money", "0", List.of("0.01")),
            new Kind("mood", "public.mood", "'calm'", List.of("'wild'")),
            new Kind("pair", "public.pair", "ROW(1.0, '')", List.of("ROW(1.00, '')", "ROW(1.0, NULL)")),
            new Kind("limited", "public.limited", "1.0", List.of("1.00")),
            new Kind("place", "point", "'(0,0)'", List.of("'(-0,0)'")),
            new Kind("search", "tsvector", "'a'", List.of("'a:1'")));

    private static final Pattern NAMED = Pattern.compile("row \\((\\d+), [^)]*\\) differs in (\\w+)");

    @Test
    void a_hundred_places_are_found_and_named(Database database) throws Exception {
        long seed = Long.getLong("tidemark.seed", System.nanoTime());
        System.out.println("Changed in the copy: " + PLACES + " places, -Dtidemark.seed=" + seed);
        Random random = new Random(seed);
        create(database);
        Rows before = Rows.of(database, "events");
        CopyScenario scenario = CopyScenario.ofEvents(database);
        Set<String> changed = new TreeSet<>();
        List<StringBuilder> statements =
                STAGES.stream().map(s -> new StringBuilder()).toList();
        List<Integer> rows =
                new ArrayList<>(IntStream.rangeClosed(1, ROWS).boxed().toList());
        Collections.shuffle(rows, random);
        for (int i = 0; i < PLACES; i++) {
            Kind kind = KINDS.get(i % KINDS.size());
            String other = kind.others().get(random.nextInt(kind.others().size()));
            statements
                    .get(random.nextInt(STAGES.size()))
                    .append("UPDATE events_new SET %s = %s WHERE id = %d;".formatted(kind.name(), other, rows.get(i)));
            changed.add(rows.get(i) + " " + kind.name());
        }
        for (int i = 0; i < STAGES.size(); i++) {
            String statement = statements.get(i).toString();
            scenario.before(STAGES.get(i), () -> database.execute(statement));
        }

        Throwable stopped = catchThrowable(scenario::convert);

        assertThat(stopped).hasMessageContainingAll("TM500", "which is unharmed");
        Set<String> named = NAMED.matcher(String.valueOf(stopped.getMessage()))
                .results()
                .map(m -> m.group(1) + " " + m.group(2))
                .collect(Collectors.toSet());
        assertThat(named).isEqualTo(changed);
        assertThat(database.value("SELECT relkind FROM pg_class WHERE oid = 'events'::regclass"))
                .isEqualTo("r");
        assertThat(Rows.of(database, "events")).isEqualTo(before);
        scenario.abort();
        assertThat(Rows.of(database, "events")).isEqualTo(before);
    }

    private static void create(Database database) {
        database.execute("CREATE TYPE mood AS ENUM ('calm', 'wild'); CREATE TYPE pair AS (number numeric, text text);"
                + " CREATE DOMAIN limited AS numeric CHECK (value > 0)");
        database.execute("CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, "
                + KINDS.stream().map(k -> k.name() + " " + k.type()).collect(Collectors.joining(", "))
                + ", PRIMARY KEY (id, at)); CREATE INDEX ON events (at)");
        database.execute("INSERT INTO events SELECT n, '2026-01-01 00:00Z'::timestamptz + n * interval '1 minute', "
                + KINDS.stream()
                        .map(k -> "CAST(" + k.value() + " AS " + k.type() + ")")
                        .collect(Collectors.joining(", "))
                + " FROM generate_series(1, " + ROWS + ") AS n");
    }
}
