-- Schema 3: operators may also have a domain's TLS level forgotten.

ALTER TABLE action RENAME TO action_of_schema_2;
DROP INDEX action_waiting;
DROP INDEX action_done;
DROP TRIGGER action_is_valid;

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
INSERT INTO action SELECT * FROM action_of_schema_2;
-- Numbers are never given twice, also where old rows are gone.
DELETE FROM sqlite_sequence WHERE name = 'action';
UPDATE sqlite_sequence SET name = 'action' WHERE name = 'action_of_schema_2';
DROP TABLE action_of_schema_2;
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
