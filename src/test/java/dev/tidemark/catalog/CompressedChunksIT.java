package dev.tidemark.catalog;

import static dev.tidemark.testing.Capability.COMMUNITY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tidemark.schema.Layout;
import dev.tidemark.schema.Partition;
import dev.tidemark.session.Session;
import dev.tidemark.sql.TableName;
import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

/** What only the Community edition has. */
class CompressedChunksIT {

    @Test
    @PostgresTest(needs = COMMUNITY, promise = "policies and compressed chunks are read as they are")
    void policies_and_compressed_chunks(Database community) throws SQLException {
        try (Connection connection = community.connect()) {
            Session session = new Session(connection);
            session.execute("CREATE TABLE h (at timestamptz NOT NULL, v int)");
            session.execute("SELECT create_hypertable('h', by_range('at', interval '1 day'))");
            session.execute("INSERT INTO h VALUES ('2026-11-01 12:00+00', 1), ('2026-11-03 12:00+00', 1)");
            session.execute("ALTER TABLE h SET (timescaledb.compress)");
            session.execute("SELECT add_retention_policy('h', interval '99 days')");
            session.execute("SELECT compress_chunk(c) FROM (SELECT c FROM show_chunks('h') c ORDER BY 1 LIMIT 1) x");
            Layout.Hypertable layout = (Layout.Hypertable) new Catalog(session)
                    .table(new TableName("public", "h"))
                    .orElseThrow()
                    .layout();
            assertThat(layout.compressed())
                    .containsExactly(layout.chunks().get(0).name());
            assertThat(layout.chunks()).noneMatch(Partition::empty);
            assertThat(layout.jobs()).singleElement().satisfies(j -> assertThat(j)
                    .contains("Retention", "99 days"));
        }
    }
}
