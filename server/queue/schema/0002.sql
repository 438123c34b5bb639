-- Schema 2: messages that are released later (RFC 4865), and warnings about those that are late (RFC 3461).

ALTER TABLE message ADD COLUMN release_at INTEGER;    -- not tried before; NULL: tried at once
ALTER TABLE recipient ADD COLUMN warned_at INTEGER;   -- when the sender was told of the delay

DROP VIEW queue_recipients;
CREATE VIEW queue_recipients AS
-- Every recipient, also of finished messages until queue.history has passed.
SELECT
    m.queue_id     AS queue_id,      -- the message
    r.original     AS recipient,     -- the address the client gave
    r.final        AS final,         -- the address after aliases
    r.state        AS state,         -- pending    is tried until it expires
                                     -- held       waits for an operator's release
                                     -- delivered  handed to the next hop or put into the mailbox
                                     -- failed     refused for good; the sender was told if it was wanted
                                     -- expired    given up; the sender was told if it was wanted
                                     -- removed    dropped by an operator
    r.courier      AS courier,       -- the courier instance of the configuration
    r.next_hop     AS next_hop,      -- where the courier takes it
    r.attempts     AS attempts,      -- how often its turn came; those that tried nothing, because the next hop
                                     -- did not answer shortly before, are not in queue_attempts
    strftime('%Y-%m-%dT%H:%M:%SZ', r.next_attempt_at, 'unixepoch')
                   AS next_attempt,  -- when it is tried next, UTC; NULL unless pending
    r.status       AS status,        -- enhanced status of the last attempt (RFC 3463)
    r.diagnostic   AS diagnostic,    -- what the peer said, or what we saw
    r.remote_mta   AS remote_mta,    -- who said it; empty when it was us
    strftime('%Y-%m-%dT%H:%M:%SZ', r.settled_at, 'unixepoch')
                   AS settled,       -- when it reached its last state, UTC; NULL while it waits
    CASE m.reverse_path WHEN '' THEN '<>' ELSE m.reverse_path END
                   AS sender,        -- the reverse-path; <> for notifications
    strftime('%Y-%m-%dT%H:%M:%SZ', m.received_at, 'unixepoch')
                   AS received,      -- when the server took the message, UTC
    coalesce(r.settled_at, unixepoch()) - m.received_at
                   AS delay,         -- seconds from then to its last state, or until now
    strftime('%Y-%m-%dT%H:%M:%SZ', r.warned_at, 'unixepoch')
                   AS warned         -- when the sender was told that it takes long, UTC; NULL if he was not
FROM recipient r JOIN message m ON m.id = r.message_id;
