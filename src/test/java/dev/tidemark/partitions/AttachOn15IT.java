package dev.tidemark.partitions;

import static dev.tidemark.testing.Capability.CLIENT_PROGRAMS;
import static dev.tidemark.testing.Capability.PARTMAN_4;

import dev.tidemark.testing.Database;
import dev.tidemark.testing.PostgresTest;

/** The same on PostgreSQL 15, where identity columns, ATTACH PARTITION and foreign keys of partitions work in other ways. */
@PostgresTest(
        needs = {CLIENT_PROGRAMS, PARTMAN_4},
        promise = "round trips on PostgreSQL 15: definitions and contents equal")
class AttachOn15IT extends AttachRoundTripIT {
    AttachOn15IT(Database database) {
        super(database);
    }
}
