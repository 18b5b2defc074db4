package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.PARTMAN_4;
import static dev.tidemark.testing.Capability.SUPERUSER;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;

/** The same with PostgreSQL 15 and pg_partman 4. */
@PostgresTest(
        needs = {PARTMAN_4, SUPERUSER},
        promise = "from and to pg_partman 4 by catalog work only")
class HandOverOn15IT extends HandOverIT {
    HandOverOn15IT(Database database) {
        super(database);
    }
}
