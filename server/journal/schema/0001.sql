-- journal.db, version 1. The views are the public interface, read with
-- `sqlite3 -readonly journal.db 'select * from decisions'`; the table is ours to change.

-- Ids go up in the order of recording, so the oldest rows are the lowest ids.
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    step TEXT NOT NULL,
    outcome TEXT NOT NULL,
    session_id TEXT,
    queue_id TEXT,
    client_ip TEXT,
    address TEXT COLLATE NOCASE,
    reason TEXT,
    inputs TEXT
) STRICT;

-- Each index holds only the rows that have something to find. Session and queue ids sort by time,
-- so their new entries go to the end of the tree.
CREATE INDEX decision_by_session ON decision (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX decision_by_message ON decision (queue_id) WHERE queue_id IS NOT NULL;
CREATE INDEX decision_by_address ON decision (address) WHERE address IS NOT NULL;
-- One entry leads to a session; the rest of the session is found by its id.
CREATE INDEX decision_by_client ON decision (client_ip)
    WHERE client_ip IS NOT NULL AND (session_id IS NULL OR step = 'connect');

CREATE VIEW decisions AS
SELECT
    id,          -- goes up in the order of recording; no meaning beyond that
    strftime('%Y-%m-%dT%H:%M:%fZ', at_ms / 1000.0, 'unixepoch')
        AS at,   -- when it was decided, ISO 8601, UTC, milliseconds
    step,        -- where in a message's life: connect ehlo tls auth mail rcpt content alias hook
                 -- route queue attempt settle dsn action disconnect
    outcome,     -- one word: accepted refused local remote unknown proceed delivered deferred failed ...
    session_id,  -- the SMTP session it belongs to, or NULL
    queue_id,    -- the queued message it is about, or NULL
    client_ip,   -- the SMTP client's address, or NULL
    address,     -- the mailbox it is about, or NULL; compares without regard to case
    reason,      -- a sentence for people, with the SMTP reply where there is one, or NULL
    inputs       -- what was looked at, a JSON object of texts, or NULL: inputs ->> 'relay'
FROM decision;

CREATE VIEW sessions AS
SELECT
    session_id,                                                 -- names the session
    max(client_ip) AS client_ip,                                -- the SMTP client's address
    strftime('%Y-%m-%dT%H:%M:%fZ', min(at_ms) / 1000.0, 'unixepoch')
        AS first_at,                                            -- its first decision, ISO 8601, UTC
    strftime('%Y-%m-%dT%H:%M:%fZ', max(at_ms) / 1000.0, 'unixepoch')
        AS last_at,                                             -- its last decision so far
    count(*) AS decisions,                                      -- how many were recorded
    count(*) FILTER (WHERE step = 'queue') AS messages,         -- how many messages it brought in
    count(*) FILTER (WHERE outcome = 'refused') AS refusals,    -- how often it was told no
    max(address) FILTER (WHERE step = 'auth' AND outcome = 'accepted')
        AS user                                                 -- authenticated as, or NULL
FROM decision
WHERE session_id IS NOT NULL
GROUP BY session_id;

CREATE VIEW refusals AS
SELECT
    at,          -- when, ISO 8601, UTC, milliseconds
    step,        -- what was refused: connect auth mail rcpt content ...
    client_ip,   -- whom we refused
    address,     -- the mailbox it was about, or the login name that failed
    reason,      -- why, with our reply
    inputs,      -- what was looked at, a JSON object
    session_id,  -- the session; its whole story is in decisions
    id           -- of the row in decisions
FROM decisions
WHERE outcome = 'refused';
