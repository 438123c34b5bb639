-- greylist.db, version 1: read it with `sqlite3 -readonly greylist.db`. Times are seconds since 1970 UTC.

-- Who tried to write to whom. passed_at is NULL until a try came late enough. Gone at expires_at.
CREATE TABLE triplet (
    network TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    passed_at INTEGER,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (network, sender, recipient)
) STRICT, WITHOUT ROWID;

CREATE INDEX triplet_by_end ON triplet (expires_at);

-- Networks from which triplets have passed; trusted from a number of them on.
CREATE TABLE network (
    network TEXT NOT NULL PRIMARY KEY,
    passes INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX network_by_end ON network (expires_at);
