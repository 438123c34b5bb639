CREATE TABLE meta (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE message (
    id           INTEGER PRIMARY KEY,
    queue_id     TEXT    NOT NULL UNIQUE CHECK (length(queue_id) = 14 AND queue_id NOT GLOB '*[^0-9a-z]*'),
    reverse_path TEXT    NOT NULL,                -- '' is the null reverse-path
    received_at  INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,                -- given up after this
    finished_at  INTEGER,                         -- every recipient is settled and the content is gone
    size         INTEGER NOT NULL CHECK (size >= 0),
    body         TEXT    NOT NULL CHECK (body IN ('7BIT', '8BITMIME', 'BINARYMIME')),
    smtputf8     INTEGER NOT NULL CHECK (smtputf8 IN (0, 1)),
    requiretls   INTEGER NOT NULL CHECK (requiretls IN (0, 1)),
    ret          TEXT             CHECK (ret IN ('FULL', 'HDRS')),
    envid        TEXT,
    origin_ip    TEXT    NOT NULL,                -- '' for what the server wrote itself
    ehlo         TEXT    NOT NULL,
    auth_user    TEXT    NOT NULL,
    listener     TEXT    NOT NULL,
    session_id   TEXT    NOT NULL
, release_at INTEGER);

CREATE INDEX message_finished ON message (finished_at);

CREATE TABLE content (
    message_id INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    prepended  BLOB    NOT NULL,                  -- header fields put in front of the body
    octets     BLOB,                              -- the body, or
    spool_name TEXT    CHECK (spool_name <> '' AND spool_name NOT GLOB '*[^0-9a-z]*'),  -- its file below spool/
    size       INTEGER NOT NULL CHECK (size >= 0),
    xxh64      TEXT    CHECK (length(xxh64) = 16),  -- of the file, as `xxhsum -H1` prints it
    CHECK ((octets IS NULL) <> (spool_name IS NULL)),
    CHECK ((spool_name IS NULL) = (xxh64 IS NULL)),
    CHECK (octets IS NULL OR length(octets) = size)
);

CREATE UNIQUE INDEX content_spool ON content (spool_name) WHERE spool_name IS NOT NULL;

CREATE TABLE recipient (
    id              INTEGER PRIMARY KEY,
    message_id      INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    original        TEXT    NOT NULL,             -- as RCPT named it
    final           TEXT    NOT NULL,             -- after aliases
    courier         TEXT    NOT NULL CHECK (courier <> ''),
    next_hop        TEXT    NOT NULL,
    notify          TEXT,                         -- NULL: the client did not say
    orcpt_type      TEXT,
    orcpt_address   TEXT,
    state           TEXT    NOT NULL CHECK (state IN ('pending', 'held', 'delivered', 'failed', 'expired', 'removed')),
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at INTEGER,
    settled_at      INTEGER,
    status          TEXT    NOT NULL DEFAULT '',  -- of the last attempt
    diagnostic      TEXT    NOT NULL DEFAULT '',
    remote_mta      TEXT    NOT NULL DEFAULT '', warned_at INTEGER,
    CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((state IN ('pending', 'held')) = (settled_at IS NULL)),
    CHECK ((orcpt_type IS NULL) = (orcpt_address IS NULL))
);

CREATE INDEX recipient_message ON recipient (message_id, settled_at);

CREATE INDEX recipient_due ON recipient (next_attempt_at, courier, next_hop) WHERE next_attempt_at IS NOT NULL;

CREATE INDEX recipient_held ON recipient (message_id) WHERE state = 'held';

CREATE TABLE attempt (
    id           INTEGER PRIMARY KEY,
    recipient_id INTEGER NOT NULL REFERENCES recipient (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    took_ms      INTEGER NOT NULL CHECK (took_ms >= 0),
    outcome      TEXT    NOT NULL CHECK (outcome IN ('deferred', 'delivered', 'failed', 'expired')),
    status       TEXT    NOT NULL,
    diagnostic   TEXT    NOT NULL,
    remote_mta   TEXT    NOT NULL
);

CREATE INDEX attempt_recipient ON attempt (recipient_id);

CREATE TRIGGER recipient_stays_settled BEFORE UPDATE OF state, settled_at ON recipient
WHEN OLD.settled_at IS NOT NULL AND NOT (OLD.state = 'removed' AND NEW.state = 'delivered')
BEGIN
    SELECT raise(ABORT, 'this recipient is settled already');
END;

CREATE TRIGGER content_is_needed BEFORE DELETE ON content
WHEN EXISTS (SELECT 1 FROM recipient WHERE message_id = OLD.message_id AND settled_at IS NULL)
BEGIN
    SELECT raise(ABORT, 'the content is needed: a recipient is not settled');
END;

CREATE TRIGGER message_is_finished BEFORE UPDATE OF finished_at ON message
WHEN NEW.finished_at IS NULL OR OLD.finished_at IS NOT NULL
  OR EXISTS (SELECT 1 FROM content WHERE message_id = OLD.id)
  OR EXISTS (SELECT 1 FROM recipient WHERE message_id = OLD.id AND settled_at IS NULL)
BEGIN
    SELECT raise(ABORT, 'a message is finished once, when every recipient is settled and the content gone');
END;

CREATE TRIGGER message_is_kept BEFORE DELETE ON message
WHEN OLD.finished_at IS NULL
BEGIN
    SELECT raise(ABORT, 'this message is not finished; use: insert into action (verb, queue_id) values (''remove'', ...)');
END;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE domain_tls (
    domain        TEXT    PRIMARY KEY NOT NULL,
    level         TEXT    NOT NULL CHECK (level IN ('plain', 'encrypted', 'authenticated')),
    evidence      TEXT    NOT NULL,
    first_seen_at INTEGER NOT NULL,
    last_seen_at  INTEGER NOT NULL CHECK (last_seen_at >= first_seen_at)
) WITHOUT ROWID;

CREATE TABLE sts_policy (
    domain     TEXT    PRIMARY KEY NOT NULL,
    policy_id  TEXT    NOT NULL,
    mode       TEXT    NOT NULL CHECK (mode IN ('enforce', 'testing', 'none')),
    mx         TEXT    NOT NULL,
    fetched_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL CHECK (expires_at >= fetched_at)
) WITHOUT ROWID;

CREATE VIEW queue AS
-- Messages that are not finished, oldest first. A message that has left the queue is found in queue_recipients.
SELECT
    m.queue_id     AS queue_id,      -- names the message in logs, in actions and in the 250 reply
    -- 'held' when every recipient that is not settled is held by an operator, else 'pending'
    CASE WHEN count(*) FILTER (WHERE r.state = 'pending') > 0 THEN 'pending' ELSE 'held' END AS state,
    CASE m.reverse_path WHEN '' THEN '<>' ELSE m.reverse_path END
                   AS sender,        -- the reverse-path; <> for notifications
    count(r.id)    AS recipients,    -- all of them, settled or not
    count(*) FILTER (WHERE r.settled_at IS NULL)
                   AS waiting,       -- recipients that are pending or held
    strftime('%Y-%m-%dT%H:%M:%SZ', m.received_at, 'unixepoch')
                   AS received,      -- when the server took it, UTC
    CASE WHEN m.seconds < 60    THEN max(0, m.seconds) || 's'
         WHEN m.seconds < 3600  THEN (m.seconds / 60) || 'm'
         WHEN m.seconds < 86400 THEN (m.seconds / 3600) || 'h ' || (m.seconds % 3600 / 60) || 'm'
         ELSE (m.seconds / 86400) || 'd ' || (m.seconds % 86400 / 3600) || 'h'
    END            AS age,           -- the time since then
    CASE WHEN min(r.seconds) IS NULL THEN 'when released'
         WHEN min(r.seconds) <= 0    THEN 'now'
         WHEN min(r.seconds) < 60    THEN 'in ' || min(r.seconds) || 's'
         WHEN min(r.seconds) < 3600  THEN 'in ' || (min(r.seconds) / 60) || 'm'
         ELSE 'in ' || (min(r.seconds) / 3600) || 'h ' || (min(r.seconds) % 3600 / 60) || 'm'
    END            AS due,           -- when the first of the pending recipients is tried next, and
    strftime('%Y-%m-%dT%H:%M:%SZ', min(r.next_attempt_at), 'unixepoch')
                   AS next_attempt,  -- the same as a time, UTC; NULL when all are held
    strftime('%Y-%m-%dT%H:%M:%SZ', m.expires_at, 'unixepoch')
                   AS expires,       -- when the server gives up and tells the sender, UTC
    max(r.attempts) AS attempts,     -- of the recipient that was tried most often
    (SELECT l.status || ' ' || l.diagnostic FROM recipient l
      WHERE l.message_id = m.id AND l.settled_at IS NULL AND l.attempts > 0 LIMIT 1)
                   AS last_reply,    -- what the last attempt of one that still waits ended with
    m.size         AS size,          -- octets of the message, header fields added here included
    m.origin_ip    AS origin_ip,     -- the client's address; empty for what the server wrote itself
    m.ehlo         AS ehlo,          -- what the client called itself
    m.auth_user    AS auth_user,     -- who submitted it; empty for mail from outside
    m.listener     AS listener,      -- smtp, submission, submissions; dsn and notice are our own
    m.session_id   AS session_id     -- the SMTP session, as in log and journal
FROM (SELECT *, unixepoch() - received_at AS seconds FROM message) m
JOIN (SELECT *, next_attempt_at - unixepoch() AS seconds FROM recipient) r ON r.message_id = m.id
WHERE m.finished_at IS NULL
GROUP BY m.id
ORDER BY m.id;

CREATE VIEW queue_attempts AS
-- Every delivery attempt, one row for each recipient in it.
SELECT
    m.queue_id     AS queue_id,      -- the message
    r.original     AS recipient,     -- the address the client gave
    r.final        AS final,         -- the address after aliases
    strftime('%Y-%m-%dT%H:%M:%SZ', a.at, 'unixepoch')
                   AS at,            -- when it ended, UTC
    a.outcome      AS outcome,       -- deferred (tried again later), delivered, failed or expired
    a.took_ms      AS took_ms,       -- how long it took, milliseconds
    r.courier      AS courier,       -- the recipient's courier instance
    r.next_hop     AS next_hop,      -- where the courier takes it
    a.status       AS status,        -- enhanced status (RFC 3463)
    a.diagnostic   AS diagnostic,    -- what the peer said, or what we saw
    a.remote_mta   AS remote_mta     -- who said it; empty when it was us
FROM attempt a JOIN recipient r ON r.id = a.recipient_id JOIN message m ON m.id = r.message_id;

CREATE VIEW queue_destinations AS
-- Where pending recipients want to go; a destination is a courier and its next hop.
SELECT
    min(m.queue_id) AS queue_id,     -- the oldest message that waits for it
    r.courier      AS courier,       -- the courier instance
    r.next_hop     AS next_hop,      -- where it takes them
    count(*)       AS recipients,    -- pending recipients
    count(DISTINCT r.message_id)
                   AS messages,      -- messages they belong to
    strftime('%Y-%m-%dT%H:%M:%SZ', min(m.received_at), 'unixepoch')
                   AS oldest,        -- when the oldest of these messages was received, UTC
    unixepoch() - min(m.received_at)
                   AS oldest_age,    -- the same as an age in seconds
    strftime('%Y-%m-%dT%H:%M:%SZ', min(r.next_attempt_at), 'unixepoch')
                   AS next_attempt,  -- when the first of them is due, UTC
    sum(r.attempts) AS attempts,     -- attempts made for them so far
    max(r.diagnostic)
                   AS diagnostic     -- one of the answers that the last attempts got
FROM recipient r JOIN message m ON m.id = r.message_id
WHERE r.next_attempt_at IS NOT NULL
GROUP BY r.courier, r.next_hop;

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

CREATE TABLE action (
    -- What an operator wants; the server carries it out within a second and writes down the result. For example:
    --   insert into action (verb, queue_id) values ('retry', '0mjw3kq2h5ab1c');
    --   insert into action (verb, queue_id, next_hop) values ('reroute', '0mjw3kq2h5ab1c', 'mx2.example.org');
    --   insert into action (verb, next_hop) values ('flush', 'example.org');
    --   select * from action;
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    verb         TEXT    NOT NULL,      -- retry    try now whoever is pending
                                        -- hold     no more attempts until release
                                        -- release  held recipients are tried again, now
                                        -- remove   drop the message for everybody who is not settled; no notification
                                        -- expire   give up now, without another attempt; the sender is notified
                                        -- reroute  send by next_hop (and courier, if given) from now on
                                        -- flush    retry everything for next_hop ('*': everything)
                                        -- forget   the best TLS seen at the domain next_hop: the next attempt takes less, too
    queue_id     TEXT,                  -- which message; for all verbs but flush and forget
    next_hop     TEXT,                  -- for reroute, flush and forget
    courier      TEXT,                  -- for reroute and flush; left out: as it is, or any
    requested_by TEXT    NOT NULL DEFAULT 'sqlite3',
    requested_at INTEGER NOT NULL DEFAULT (unixepoch()),
    done_at      INTEGER,               -- written by the server
    result       TEXT,                  -- written by the server
    CHECK ((done_at IS NULL) = (result IS NULL))
);

CREATE INDEX action_waiting ON action (id) WHERE done_at IS NULL;

CREATE INDEX action_done ON action (done_at);

CREATE TRIGGER action_is_valid BEFORE INSERT ON action
BEGIN
    SELECT raise(ABORT, 'action: verb must be retry, hold, release, remove, expire, reroute, flush or forget')
     WHERE NEW.verb IS NULL
        OR NEW.verb NOT IN ('retry', 'hold', 'release', 'remove', 'expire', 'reroute', 'flush', 'forget');
    SELECT raise(ABORT, 'action: done_at and result are written by the server')
     WHERE NEW.done_at IS NOT NULL OR NEW.result IS NOT NULL;
    SELECT raise(ABORT, 'action: flush takes a next_hop (or ''*'') and no queue_id')
     WHERE NEW.verb = 'flush' AND (coalesce(NEW.next_hop, '') = '' OR NEW.queue_id IS NOT NULL);
    SELECT raise(ABORT, 'action: forget takes a domain as next_hop and no queue_id')
     WHERE NEW.verb = 'forget' AND (coalesce(NEW.next_hop, '') = '' OR NEW.queue_id IS NOT NULL);
    SELECT raise(ABORT, 'action: reroute takes a next_hop')
     WHERE NEW.verb = 'reroute' AND coalesce(NEW.next_hop, '') = '';
    SELECT raise(ABORT, 'action: next_hop is for reroute, flush and forget')
     WHERE NEW.verb NOT IN ('reroute', 'flush', 'forget') AND NEW.next_hop IS NOT NULL;
    SELECT raise(ABORT, 'action: courier is for reroute and flush')
     WHERE NEW.verb NOT IN ('reroute', 'flush') AND NEW.courier IS NOT NULL;
    SELECT raise(ABORT, 'action: courier must not be empty; leave it out')
     WHERE NEW.courier = '';
    SELECT raise(ABORT, 'action: a queue_id is needed; see the view queue')
     WHERE NEW.verb NOT IN ('flush', 'forget') AND coalesce(NEW.queue_id, '') = '';
    SELECT raise(ABORT, 'action: no message has this queue_id; see the view queue')
     WHERE NEW.verb NOT IN ('flush', 'forget') AND NOT EXISTS (SELECT 1 FROM message WHERE queue_id = NEW.queue_id);
    SELECT raise(ABORT, 'action: this message is finished; see the view queue_recipients')
     WHERE NEW.verb NOT IN ('flush', 'forget')
       AND EXISTS (SELECT 1 FROM message WHERE queue_id = NEW.queue_id AND finished_at IS NOT NULL);
    SELECT raise(ABORT, 'action: nobody waits for this next_hop; see the view queue_destinations')
     WHERE NEW.verb = 'flush' AND NEW.next_hop <> '*'
       AND NOT EXISTS (SELECT 1 FROM recipient
                        WHERE next_attempt_at IS NOT NULL AND next_hop = NEW.next_hop
                          AND courier = coalesce(NEW.courier, courier));
    SELECT raise(ABORT, 'action: nothing is remembered about the TLS of this domain')
     WHERE NEW.verb = 'forget' AND NOT EXISTS (SELECT 1 FROM domain_tls WHERE domain = lower(NEW.next_hop));
END;

