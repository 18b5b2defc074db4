package dev.tidemark.maintenance;

import static dev.tidemark.testing.Capability.PARTMAN_4;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;

import dev.tidemark.testing.PostgresTest;

/** The same on PostgreSQL 15, where pg_partman 4 is. */
@PostgresTest(
        needs = {PARTMAN_4, SUPERUSER, SEVERAL_SESSIONS},
        promise = "partitions look after themselves on PostgreSQL 15")
class PartitionsAheadOn15IT extends PartitionsAheadIT {}
