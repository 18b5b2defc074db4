package dev.tidemark.liquibase;

import static dev.tidemark.testing.Capability.PARTMAN_4;
import static dev.tidemark.testing.Capability.SEVERAL_SESSIONS;
import static dev.tidemark.testing.Capability.SUPERUSER;

import dev.tidemark.testing.PostgresTest;

/** The same with pg_partman 4. */
@PostgresTest(
        needs = {PARTMAN_4, SUPERUSER, SEVERAL_SESSIONS},
        promise = "pg_partman 4 manages converted partitions")
class Partman4ManagedIT extends PartmanManagedIT {}
