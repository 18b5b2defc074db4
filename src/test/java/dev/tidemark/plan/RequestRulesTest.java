package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Bound;
import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.schema.PartmanConfiguration;
import dev.tidemark.schema.Range;
import dev.tidemark.schema.RelationKind;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestRulesTest {
    private final Wish wish = Wish.plain();

    @Test
    void nothing_to_say_about_a_good_request() {
        assertThat(wish.findings()).isEmpty();
        assertThat(wish.plan().isGo()).isTrue();
        assertThat(wish.plan().steps()).isNotEmpty();
    }

    @Test
    void table_missing() {
        wish.missing = true;
        wish.name = "metrik";
        wish.taken.add(new TableName("public", "metric"));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM100 There is no table \"public\".\"metrik\" in database \"shop\"."
                                + " Names are taken as they are stored, upper and lower case included. Did you mean \"metric\"?");
    }

    @Test
    void schema_missing() {
        wish.missing = true;
        wish.mayCreateIn.remove("public");
        wish.taken.clear();
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM100 There is no schema \"public\" in database \"shop\", so no table \"public\".\"m\"."
                                + " Names are taken as they are stored, upper and lower case included.");
    }

    @Test
    void each_kind_that_is_no_table_has_its_own_words() {
        wish.table.kind = RelationKind.VIEW;
        assertThat(wish.findings())
                .containsExactly("NO TM101 \"public\".\"m\" is a view, not a table: it has no rows of its own."
                        + " Name the table that the view selects from; the view will follow it.");
        wish.table.kind = RelationKind.FOREIGN_TABLE;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM101 \"public\".\"m\" is a foreign table, not a table: its rows lie on another server."
                                + " Convert the table on the server where it is.");
        wish.table.kind = RelationKind.SEQUENCE;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM101 \"public\".\"m\" is a sequence, not a table: it is a counter. Name a table.");
        wish.table.kind = RelationKind.INDEX;
        assertThat(wish.findings())
                .containsExactly("NO TM101 \"public\".\"m\" is an index, not a table: it is part of a table."
                        + " Name the table that the index is on.");
    }

    @Test
    void already_a_hypertable() {
        wish.table.hypertable = new Layout.Hypertable("ts", 1, "7 days", List.of(), List.of(), List.of());
        wish.chunkInterval = "168 hours";
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM102 \"public\".\"m\" is a hypertable already, by \"ts\" in chunks of 7 days, and the"
                                + " journal knows of no conversion that made it one."
                                + " Leave this change out, or mark it as run: liquibase changelog-sync.");
    }

    @Test
    void a_hypertable_of_another_width_is_copied_and_nothing_else() {
        wish.table.hypertable = new Layout.Hypertable("ts", 1, "7 days", List.of(), List.of(), List.of());
        wish.table.indexes.add(Tables.primaryKey("m_pkey", "id", "ts"));
        assertThat(wish.plan().strategy()).isEqualTo(Strategy.COPY);
        assertThat(wish.findings()).isEmpty();
        wish.strategy = Strategy.ATTACH;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM102 \"public\".\"m\" is a hypertable already, by \"ts\" in chunks of 7 days; its rows get into other"
                                + " chunks by a copy only, and another strategy was asked for."
                                + " Set strategy=\"copy\" instead of 'attach'.");
    }

    @Test
    void chunk_interval_missing() {
        wish.chunkInterval = null;
        assertThat(wish.findings())
                .containsExactly("NO TM103 chunkInterval of \"public\".\"m\" is not given, and a plain table has no"
                        + " partitions to go by. Set it, for example chunkInterval=\"1 day\"; one chunk with its indexes"
                        + " should fit into a quarter of the memory.");
    }

    @Test
    void partitions_of_one_width_tell_the_interval_and_months_do_not() {
        Wish days = Wish.daily(10);
        days.chunkInterval = null;
        assertThat(days.findings()).isEmpty();

        Tables months = new Tables();
        months.partitions.add(monthFromDay(0, 30));
        months.partitions.add(monthFromDay(30, 31));
        Wish monthly = new Wish(months);
        monthly.chunkInterval = null;
        assertThat(monthly.findings())
                .first()
                .asString()
                .startsWith(
                        "NO TM103 chunkInterval of \"public\".\"m\" is not given, and its partitions have no width in"
                                + " common to go by.");
    }

    @Test
    void days_of_a_zone_with_summer_time_have_one_width() {
        Tables berlin = new Tables().daily(9);
        Tables.Piece longDay = Tables.piece("m_long");
        long start = Tables.NOVEMBER + 9 * Tables.DAY;
        longDay.range = new Range(Tables.bound(start), Tables.bound(start + Tables.DAY + 3_600_000_000L));
        berlin.partitions.add(longDay.build());
        Wish berlinWish = new Wish(berlin);
        berlinWish.chunkInterval = null;
        assertThat(Subjects.chunkInterval(
                        berlinWish.situation().request().tables().get(0), berlin.build()))
                .hasValueSatisfying(i -> assertThat(i.roughMicroseconds()).isEqualTo(Tables.DAY));
    }

    @Test
    void nanoseconds_do_not_overflow() {
        Tables nanos = new Tables();
        nanos.columns.set(1, Tables.column("ts", "bigint"));
        Tables.Piece day = Tables.piece("m_1");
        long start = 1_793_491_200_000_000_000L;
        day.range = new Range(new Bound("a", start), new Bound("b", start + Tables.DAY * 1_000));
        nanos.partitions.add(day.build());
        Wish nanoWish = new Wish(nanos);
        nanoWish.epoch = Epoch.NS;
        nanoWish.chunkInterval = null;
        assertThat(Subjects.chunkInterval(
                        nanoWish.situation().request().tables().get(0), nanos.build()))
                .hasValueSatisfying(i -> assertThat(i.roughMicroseconds()).isEqualTo(Tables.DAY));
    }

    @Test
    void pg_partman_counting_numbers_has_no_interval_in_time() {
        Tables numbers = new Tables().daily(2);
        numbers.partman = new PartmanConfiguration(
                "public.m",
                "100000",
                4,
                Optional.empty(),
                false,
                true,
                Optional.empty(),
                "{\"control\": \"ts\"}",
                Optional.empty());
        Wish numberWish = new Wish(numbers);
        numberWish.chunkInterval = null;
        assertThat(numberWish.findings()).isEmpty();
    }

    @Test
    void chunk_interval_unusable() {
        wish.table.columns.set(1, Tables.column("ts", "date"));
        wish.chunkInterval = "12 hours";
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM104 Chunks of 12 hours cannot be made for column \"ts\" of \"public\".\"m\": its type"
                                + " is date, which knows whole days only. Set chunkInterval to whole days.");

        wish.table.columns.set(1, Tables.column("ts", "bigint"));
        wish.epoch = Epoch.S;
        wish.chunkInterval = "1 millisecond";
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM104 Chunks of 1000 microseconds cannot be made for column \"ts\" of \"public\".\"m\":"
                                + " that is less than one step of the column (epoch=\"s\"), or more than can be counted."
                                + " Set chunkInterval to a length that the column's unit and type can count.");

        wish.table.columns.set(1, Tables.column("ts", "integer"));
        wish.epoch = Epoch.US;
        wish.chunkInterval = "1 day";
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM104 Chunks of 1 day cannot be made for column \"ts\" of \"public\".\"m\": that is"
                                + " 86400000000 steps of the column (epoch=\"us\"), more than its type holds."
                                + " Set chunkInterval to a length that the column's unit and type can count.");
    }

    @Test
    void epoch_and_type() {
        wish.epoch = Epoch.MS;
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM105 epoch is given, but column \"ts\" of \"public\".\"m\" is of type timestamp with"
                                + " time zone, which is no number. Leave epoch out.");
        wish.epoch = null;
        wish.table.columns.set(1, Tables.column("ts", "bigint"));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM105 Column \"ts\" of \"public\".\"m\" is of type bigint, and the unit in which it"
                                + " counts time is not given. Set epoch to s, ms, us or ns: what one step of the number is, counted"
                                + " from 1970-01-01 00:00 UTC.");
    }

    @Test
    void compression_columns() {
        wish.segmentBy = List.of("device");
        wish.orderBy = List.of("TS desc NULLS last", "\"Ts\"", "id + 1");
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM106 segmentBy names column \"device\", which \"public\".\"m\" does not have."
                                + " Name columns of the table.",
                        "NO TM106 orderBy names column \"Ts\", which \"public\".\"m\" does not have."
                                + " Name columns of the table. Did you mean \"ts\"?",
                        "NO TM106 orderBy of \"public\".\"m\" contains \"id + 1\", which is not a column with ASC or DESC."
                                + " Write columns with commas between them: orderBy=\"received_at DESC, id\".");
        wish.segmentBy = List.of("id");
        wish.orderBy = List.of("id");
        assertThat(wish.findings())
                .containsExactly("NO TM106 Column \"id\" of \"public\".\"m\" is in segmentBy and in orderBy."
                        + " Leave it out of orderBy: within a segment it has one value.");
    }

    @Test
    void compression_not_here() {
        wish.timescaledb = Wish.APACHE;
        wish.strategy = Strategy.ADOPT;
        wish.superuser = true;
        wish.compressAfter = "7 days";
        assertThat(wish.findings())
                .containsExactly("note TM107 Chunks of \"public\".\"m\" will not be compressed: the Apache edition of"
                        + " TimescaleDB cannot do that. Leave compressAfter out, or convert on a server with the Community"
                        + " edition.");
    }

    @Test
    void retired_name_unusable() {
        wish.retiredName = "x".repeat(64);
        assertThat(wish.findings())
                .containsExactly("NO TM108 retiredName of \"public\".\"m\" has 64 bytes; PostgreSQL keeps 63."
                        + " Choose another name, or leave retiredName out: then it is \"m_old\" or the next free one.");
        wish.retiredName = "m";
        assertThat(wish.findings()).first().asString().contains("is the table's own name, which its successor needs.");
        wish.retiredName = "";
        assertThat(wish.findings()).first().asString().contains("is empty or contains a NUL character.");
    }

    @Test
    void retired_name_taken() {
        wish.taken.add(new TableName("public", "m_old"));
        assertThat(wish.findings())
                .containsExactly(
                        "note TM109 The old table cannot be called \"public\".\"m_old\" because something has that"
                                + " name. It will be called \"public\".\"m_old2\". Set retiredName if you want another name.");
    }

    private static Partition monthFromDay(int first, int days) {
        Tables.Piece month = Tables.piece("m_from_" + first);
        month.range = new Range(
                Tables.bound(Tables.NOVEMBER + first * Tables.DAY),
                Tables.bound(Tables.NOVEMBER + (first + days) * Tables.DAY));
        return month.build();
    }
}
