-- What to look at before the conversion. Each query stands by itself and changes nothing.

-- How much there is: the window of attach is the heap divided by what the disk reads in a second.
SELECT root.relname AS "table", count(*) AS partitions, pg_size_pretty(sum(pg_table_size(leaf.relid))) AS heap,
       pg_size_pretty(sum(pg_indexes_size(leaf.relid))) AS indexes
  FROM pg_class AS root CROSS JOIN LATERAL pg_partition_tree(root.oid) AS leaf
 WHERE root.oid IN ('raw_messages'::regclass, 'fixes'::regclass) AND leaf.isleaf
 GROUP BY root.relname ORDER BY root.relname;

-- Who would keep the window waiting: transactions that are open for long.
SELECT pid, usename, state, now() - xact_start AS open_for, left(query, 60) AS query
  FROM pg_stat_activity
 WHERE xact_start < now() - interval '1 second' AND datname = current_database() AND pid <> pg_backend_pid()
 ORDER BY xact_start;

-- What the DEFAULT partition holds: these rows are copied, before the window.
SELECT count(*) AS rows, min(received_at) AS first, max(received_at) AS last FROM raw_messages_default;

-- What retention only detached so far and kept: TimescaleDB's retention drops.
SELECT parent_table, retention, retention_keep_table FROM partman.part_config ORDER BY parent_table;
