-- What the application goes on doing: one statement each.

-- a webhook is called, and its log line takes the next number
INSERT INTO webhook_log (endpoint_id, event, status, duration_ms, payload) VALUES (17, 'order.created', 200, 31, '{"order": "new", "items": 2}');

-- the answer to a call of yesterday comes late
UPDATE webhook_log SET status = 200, error = NULL
 WHERE "timestamp" >= now() AT TIME ZONE 'UTC' - interval '1 day' AND status = 500 AND payload ->> 'items' = '3';

-- the last call is logged once more, by its composite key
INSERT INTO webhook_log (id, "timestamp", endpoint_id, event, status)
SELECT id, "timestamp", endpoint_id, event, 503 FROM webhook_log ORDER BY id DESC LIMIT 1
    ON CONFLICT (id, "timestamp") DO UPDATE SET status = excluded.status, error = 'logged twice';

-- calls of one endpoint are deleted
DELETE FROM webhook_log WHERE endpoint_id = 3 AND "timestamp" >= now() AT TIME ZONE 'UTC' - interval '2 days';

-- an endpoint goes, and its log with it
DELETE FROM endpoints WHERE id = 200;

-- a call with a clock that is ten days ahead
INSERT INTO webhook_log ("timestamp", endpoint_id, event, status)
VALUES (date_trunc('milliseconds', now() AT TIME ZONE 'UTC' + interval '10 days'), 18, 'order.paid', 200);
