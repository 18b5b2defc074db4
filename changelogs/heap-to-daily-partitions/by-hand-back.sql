-- The way back of by-hand.sql as its own guide had it: drop the new table, rename the old one. What was written since goes with the new table.
BEGIN;
DROP TABLE IF EXISTS webhook_log CASCADE;
ALTER TABLE webhook_log_old RENAME TO webhook_log;
COMMIT;
