package dev.tidemark.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Dependent;
import dev.tidemark.schema.Publication;
import dev.tidemark.sql.Definition;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DependentRulesTest {
    private final Wish wish = Wish.plain();

    @Test
    void materialized_views() {
        wish.table.dependents.add(Tables.dependent(Dependent.Kind.MATERIALIZED_VIEW, "daily", true));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM150 Materialized view public.daily selects from \"public\".\"m\" and would stay with the"
                                + " old, emptied table; PostgreSQL cannot replace it in place. Keep its definition, indexes and"
                                + " privileges (pg_dump --table), DROP MATERIALIZED VIEW \"public\".\"daily\";, convert, and make it"
                                + " again.");
    }

    @Test
    void a_materialized_view_over_a_view_is_not_touched() {
        wish.table.dependents.add(Tables.dependent(Dependent.Kind.MATERIALIZED_VIEW, "daily", false));
        assertThat(wish.findings()).isEmpty();
    }

    @Test
    void policies_and_other_objects() {
        wish.table.dependents.add(Tables.dependent(Dependent.Kind.POLICY, "p", true));
        wish.table.dependents.add(Tables.dependent(Dependent.Kind.OTHER, "o", true));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM151 Policy public.p refers to \"public\".\"m\" and would stay with the old, emptied table."
                                + " Drop it, convert, and make it again. It is: CREATE …;",
                        "NO TM151 Object public.o refers to \"public\".\"m\" and would stay with the old, emptied table."
                                + " Drop it, convert, and make it again. It is: CREATE …;");
    }

    @Test
    void views_follow() {
        wish.table.dependents.add(Tables.dependent(Dependent.Kind.VIEW, "v", true));
        wish.table.dependents.add(Tables.dependent(Dependent.Kind.FUNCTION, "f()", true));
        wish.table.dependents.add(Tables.dependent(Dependent.Kind.VIEW, "over_v", false));
        assertThat(wish.findings())
                .containsExactly(
                        "note TM152 In the window 2 views or functions on \"public\".\"m\" are made again in place, to"
                                + " follow its name: public.v, public.f(). Nothing to do; privileges and comments stay.");
    }

    @Test
    void published() {
        wish.table.publications.add(new Publication("feed", Optional.of(new Definition("(id) WHERE (id > 0)"))));
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM153 \"public\".\"m\" is part of publication \"feed\"; TimescaleDB makes no hypertable of a"
                                + " published table. Take it out and put it back afterwards: ALTER PUBLICATION \"feed\" DROP TABLE"
                                + " \"public\".\"m\"; convert; ALTER PUBLICATION \"feed\" ADD TABLE \"public\".\"m\" (id) WHERE (id > 0);"
                                + " The publication then lists today's chunks, later ones need"
                                + " timescaledb.enable_chunk_auto_publication or ADD TABLE.");
    }

    @Test
    void published_with_all() {
        wish.publicationsOfAllTables.add("everything");
        assertThat(wish.findings())
                .containsExactly(
                        "NO TM154 Publication \"everything\" is FOR ALL TABLES; TimescaleDB makes no hypertable while"
                                + " there is one. Replace it by one that names schemas, which passes: DROP PUBLICATION \"everything\";"
                                + " CREATE PUBLICATION \"everything\" FOR TABLES IN SCHEMA \"public\"; (PostgreSQL 15 and later) or FOR"
                                + " TABLE ….");
    }

    @Test
    void parallel_restore() {
        assertThat(wish.plan().findings())
                .extracting(Finding::toString)
                .contains(
                        "TM155 The chunks of \"public\".\"m\" stay in schema \"public\" under their present names; pg_restore"
                                + " --jobs fails on such chunks. Restore dumps of it with one job.");
    }

    @Test
    void rows_that_change_their_time() {
        assertThat(wish.plan().findings())
                .extracting(Finding::toString)
                .contains(
                        "TM163 An UPDATE that changes \"ts\" of \"public\".\"m\" so far that the row belongs into another chunk"
                                + " works today and fails on a hypertable (23514, violates check constraint \"constraint_…\"). Where the"
                                + " application does that, let it delete the row and insert it anew.");
    }
}
