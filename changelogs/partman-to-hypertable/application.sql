-- What the application goes on doing: one statement each.

-- a message arrives
INSERT INTO raw_messages (id, received_at, receiver_id, raw_message_hash, raw_message)
SELECT md5('new message')::uuid, date_trunc('milliseconds', now()), id, '\x01', '\x02' FROM receivers ORDER BY id LIMIT 1;

-- a fix that refers to it
INSERT INTO fixes (source, aprs_type, via, "timestamp", latitude, longitude, aircraft_id, received_at, receiver_id, raw_message_id)
SELECT 'FLR00001', 'OGFLR', '{qAS}', m.received_at, 47.5, 8.5, (SELECT id FROM aircraft ORDER BY id LIMIT 1), m.received_at, m.receiver_id, m.id
  FROM raw_messages AS m WHERE m.id = md5('new message')::uuid;

-- fixes of three days ago are corrected
UPDATE fixes SET altitude_agl_valid = true, is_active = false
 WHERE received_at >= now() - interval '3 days' AND received_at < now() - interval '3 days' + interval '5 minutes';

-- a message comes twice
INSERT INTO raw_messages (id, received_at, receiver_id, raw_message_hash, raw_message)
SELECT id, received_at, receiver_id, raw_message_hash, raw_message FROM raw_messages WHERE id = md5('new message')::uuid
    ON CONFLICT (id, received_at) DO UPDATE SET unparsed = 'seen twice';

-- a few fixes are deleted
DELETE FROM fixes WHERE received_at < now() - interval '2 days' AND received_at >= now() - interval '2 days' - interval '1 minute';

-- a message with a clock that is ten days ahead
INSERT INTO raw_messages (id, received_at, receiver_id, raw_message_hash, raw_message)
SELECT md5('from the future')::uuid, date_trunc('milliseconds', now() + interval '10 days'), id, '\x03', '\x04' FROM receivers ORDER BY id LIMIT 1;
