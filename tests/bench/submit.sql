-- What the database does for an answer, for pgbench: one transaction for each, whose number is n.
\set n :n + 32
\set mine :n + :client_id
BEGIN;
SELECT dataset_id, record_id, user_id, encode(token_hash, 'hex') AS token_hash
FROM bench_answers WHERE n = :mine \gset
SELECT u.id FROM login_sessions s JOIN users u ON u.id = s.user_id
WHERE s.token_hash = decode(:token_hash, 'hex') AND s.expires_at > now() AND u.disabled_at IS NULL;
SELECT d.id FROM datasets d JOIN users u ON u.id = :user_id
WHERE d.id = :dataset_id AND (u.role = 'owner' OR EXISTS (
    SELECT FROM workspace_users m WHERE m.workspace_id = d.workspace_id AND m.user_id = u.id));
SELECT fields, submitted_count, min_submitted FROM records
WHERE dataset_id = :dataset_id AND id = :record_id FOR NO KEY UPDATE;
SELECT name, settings, required FROM questions WHERE dataset_id = :dataset_id;
DELETE FROM assignments
WHERE dataset_id = :dataset_id AND record_id = :record_id AND user_id = :user_id;
SELECT id, "values", status, revision FROM responses
WHERE dataset_id = :dataset_id AND record_id = :record_id AND user_id = :user_id;
INSERT INTO responses (dataset_id, record_id, user_id, id, "values", status, shown_order, duration_ms, revision)
VALUES (:dataset_id, :record_id, :user_id, gen_random_uuid(), '{"preference":{"value":"image_1"}}', 'submitted',
        '{1,2}', 2500, 1);
INSERT INTO response_events (dataset_id, record_id, user_id, id, actor_id, status, "values", shown_order, duration_ms)
VALUES (:dataset_id, :record_id, :user_id, gen_random_uuid(), :user_id, 'submitted',
        '{"preference":{"value":"image_1"}}', '{1,2}', 2500);
UPDATE records SET submitted_count = submitted_count + 1, lease_count = lease_count - 1, updated_at = now()
WHERE dataset_id = :dataset_id AND id = :record_id;
INSERT INTO annotator_progress AS p (dataset_id, user_id, submitted, draft, discarded, total_duration_ms)
VALUES (:dataset_id, :user_id, 1, 0, 0, 2500)
ON CONFLICT (dataset_id, user_id) DO UPDATE
SET submitted = p.submitted + 1, total_duration_ms = p.total_duration_ms + 2500, updated_at = now();
INSERT INTO dataset_counts AS c (dataset_id, slot, records, completed)
VALUES (:dataset_id, pg_backend_pid() % 16, 0, 1)
ON CONFLICT (dataset_id, slot) DO UPDATE SET completed = c.completed + 1;
COMMIT;
