-- Tables of SQLite (3.32 or later) for the rows of maillog-tools.
--
--     sqlite3 mail.db <sqlite.sql
--     sqlite3 mail.db '.mode tabs' '.import messages.tsv messages_tsv'
--
-- What is loaded into the view TABLE_tsv goes into the table TABLE: its escapes are turned back, an
-- empty field is NULL. SQLite has no functions in SQL, so each view does that for its whole row: as
-- JSON, which has nearly the same escapes, with each backslash doubled. char(1) stands in no field.
-- Process numbers, ports and codes are names: text. An integer of SQLite ends at 2^63 - 1; a larger
-- number is kept as its digits, in a BLOB, which sum() takes as a floating-point number.

-- Attempts to deliver: qmstat-parse, qmsend-parse.
CREATE TABLE messages (
    time      TEXT,
    host      TEXT,
    direction TEXT,
    pid       TEXT,
    sender    TEXT,
    recipient TEXT,
    bytes     INTEGER,
    status    TEXT,
    attempts  INTEGER,
    active_ms INTEGER,
    queue_ms  INTEGER,
    reason    TEXT,
    relay     TEXT,
    source    TEXT,
    text      TEXT
);
CREATE VIEW messages_tsv AS SELECT * FROM messages;
CREATE TRIGGER messages_load INSTEAD OF INSERT ON messages_tsv BEGIN
    INSERT INTO messages SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(json_extract(texts, '$[2]'), ''),
        nullif(json_extract(texts, '$[3]'), ''),
        nullif(json_extract(texts, '$[4]'), ''),
        nullif(json_extract(texts, '$[5]'), ''),
        nullif(iif(typeof(NEW.bytes + 0) = 'real', CAST(NEW.bytes AS BLOB), NEW.bytes), ''),
        nullif(json_extract(texts, '$[6]'), ''),
        nullif(iif(typeof(NEW.attempts + 0) = 'real',
            CAST(NEW.attempts AS BLOB), NEW.attempts), ''),
        nullif(iif(typeof(NEW.active_ms + 0) = 'real',
            CAST(NEW.active_ms AS BLOB), NEW.active_ms), ''),
        nullif(iif(typeof(NEW.queue_ms + 0) = 'real',
            CAST(NEW.queue_ms AS BLOB), NEW.queue_ms), ''),
        nullif(json_extract(texts, '$[7]'), ''),
        nullif(json_extract(texts, '$[8]'), ''),
        nullif(json_extract(texts, '$[9]'), ''),
        nullif(json_extract(texts, '$[10]'), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.time, NEW.host, NEW.direction, NEW.pid, NEW.sender, NEW.recipient, NEW.status,
        NEW.reason, NEW.relay, NEW.source, NEW.text
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;

-- Verdicts of a mail server: logterse-split, smtpd-parse.
CREATE TABLE transactions (
    time           TEXT,
    pid            TEXT,
    hook           TEXT,
    ip             TEXT,
    port           TEXT,
    host           TEXT,
    helo           TEXT,
    sender         TEXT,
    recipient      TEXT,
    disposition    TEXT,
    code           TEXT,
    message        TEXT,
    is_spam        INTEGER,
    score_centi    INTEGER,
    required_centi INTEGER,
    dnsbl          TEXT,
    sender_tld     TEXT,
    bytes          INTEGER,
    auth_user      TEXT,
    source         TEXT
);
CREATE VIEW transactions_tsv AS SELECT * FROM transactions;
CREATE TRIGGER transactions_load INSTEAD OF INSERT ON transactions_tsv BEGIN
    INSERT INTO transactions SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(json_extract(texts, '$[2]'), ''),
        nullif(json_extract(texts, '$[3]'), ''),
        nullif(json_extract(texts, '$[4]'), ''),
        nullif(json_extract(texts, '$[5]'), ''),
        nullif(json_extract(texts, '$[6]'), ''),
        nullif(json_extract(texts, '$[7]'), ''),
        nullif(json_extract(texts, '$[8]'), ''),
        nullif(json_extract(texts, '$[9]'), ''),
        nullif(json_extract(texts, '$[10]'), ''),
        nullif(json_extract(texts, '$[11]'), ''),
        nullif(NEW.is_spam, ''),
        nullif(NEW.score_centi, ''),
        nullif(NEW.required_centi, ''),
        nullif(json_extract(texts, '$[12]'), ''),
        nullif(json_extract(texts, '$[13]'), ''),
        nullif(iif(typeof(NEW.bytes + 0) = 'real', CAST(NEW.bytes AS BLOB), NEW.bytes), ''),
        nullif(json_extract(texts, '$[14]'), ''),
        nullif(json_extract(texts, '$[15]'), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.time, NEW.pid, NEW.hook, NEW.ip, NEW.port, NEW.host, NEW.helo, NEW.sender,
        NEW.recipient, NEW.disposition, NEW.code, NEW.message, NEW.dnsbl, NEW.sender_tld,
        NEW.auth_user, NEW.source
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;

-- What happened to connections: qplogtail, qploggrep.
CREATE TABLE events (
    time      TEXT,
    pid       TEXT,
    ip        TEXT,
    kind      TEXT,
    detail    TEXT,
    status    TEXT,
    message   TEXT,
    sender    TEXT,
    recipient TEXT,
    host      TEXT,
    helo      TEXT
);
CREATE VIEW events_tsv AS SELECT * FROM events;
CREATE TRIGGER events_load INSTEAD OF INSERT ON events_tsv BEGIN
    INSERT INTO events SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(json_extract(texts, '$[2]'), ''),
        nullif(json_extract(texts, '$[3]'), ''),
        nullif(json_extract(texts, '$[4]'), ''),
        nullif(json_extract(texts, '$[5]'), ''),
        nullif(json_extract(texts, '$[6]'), ''),
        nullif(json_extract(texts, '$[7]'), ''),
        nullif(json_extract(texts, '$[8]'), ''),
        nullif(json_extract(texts, '$[9]'), ''),
        nullif(json_extract(texts, '$[10]'), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.time, NEW.pid, NEW.ip, NEW.kind, NEW.detail, NEW.status, NEW.message, NEW.sender,
        NEW.recipient, NEW.host, NEW.helo
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;

-- Sessions and their lengths: session-parse, qmsend-parse --sessions.
CREATE TABLE sessions (
    time      TEXT,
    service   TEXT,
    host      TEXT,
    pid       TEXT,
    ip        TEXT,
    port      TEXT,
    user      TEXT,
    active_ms INTEGER,
    in_bytes  INTEGER,
    out_bytes INTEGER,
    end       TEXT,
    source    TEXT,
    detail    TEXT
);
CREATE VIEW sessions_tsv AS SELECT * FROM sessions;
CREATE TRIGGER sessions_load INSTEAD OF INSERT ON sessions_tsv BEGIN
    INSERT INTO sessions SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(json_extract(texts, '$[2]'), ''),
        nullif(json_extract(texts, '$[3]'), ''),
        nullif(json_extract(texts, '$[4]'), ''),
        nullif(json_extract(texts, '$[5]'), ''),
        nullif(json_extract(texts, '$[6]'), ''),
        nullif(iif(typeof(NEW.active_ms + 0) = 'real',
            CAST(NEW.active_ms AS BLOB), NEW.active_ms), ''),
        nullif(iif(typeof(NEW.in_bytes + 0) = 'real',
            CAST(NEW.in_bytes AS BLOB), NEW.in_bytes), ''),
        nullif(iif(typeof(NEW.out_bytes + 0) = 'real',
            CAST(NEW.out_bytes AS BLOB), NEW.out_bytes), ''),
        nullif(json_extract(texts, '$[7]'), ''),
        nullif(json_extract(texts, '$[8]'), ''),
        nullif(json_extract(texts, '$[9]'), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.time, NEW.service, NEW.host, NEW.pid, NEW.ip, NEW.port, NEW.user, NEW.end, NEW.source,
        NEW.detail
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;

-- The load of a server: server-sample.
CREATE TABLE samples (
    time        TEXT,
    host        TEXT,
    interval_ms INTEGER,
    cpu_ms      INTEGER,
    memory_kib  INTEGER,
    open_files  INTEGER,
    processes   INTEGER,
    threads     INTEGER,
    connections INTEGER,
    queue       INTEGER,
    todo        INTEGER
);
CREATE VIEW samples_tsv AS SELECT * FROM samples;
CREATE TRIGGER samples_load INSTEAD OF INSERT ON samples_tsv BEGIN
    INSERT INTO samples SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(iif(typeof(NEW.interval_ms + 0) = 'real',
            CAST(NEW.interval_ms AS BLOB), NEW.interval_ms), ''),
        nullif(iif(typeof(NEW.cpu_ms + 0) = 'real', CAST(NEW.cpu_ms AS BLOB), NEW.cpu_ms), ''),
        nullif(iif(typeof(NEW.memory_kib + 0) = 'real',
            CAST(NEW.memory_kib AS BLOB), NEW.memory_kib), ''),
        nullif(iif(typeof(NEW.open_files + 0) = 'real',
            CAST(NEW.open_files AS BLOB), NEW.open_files), ''),
        nullif(iif(typeof(NEW.processes + 0) = 'real',
            CAST(NEW.processes AS BLOB), NEW.processes), ''),
        nullif(iif(typeof(NEW.threads + 0) = 'real', CAST(NEW.threads AS BLOB), NEW.threads), ''),
        nullif(iif(typeof(NEW.connections + 0) = 'real',
            CAST(NEW.connections AS BLOB), NEW.connections), ''),
        nullif(iif(typeof(NEW.queue + 0) = 'real', CAST(NEW.queue AS BLOB), NEW.queue), ''),
        nullif(iif(typeof(NEW.todo + 0) = 'real', CAST(NEW.todo AS BLOB), NEW.todo), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.time, NEW.host
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;

-- Sums of any rows: metric-sum.
CREATE TABLE metrics (
    day    TEXT,
    hour   TEXT,
    host   TEXT,
    domain TEXT,
    user   TEXT,
    source TEXT,
    metric TEXT,
    label  TEXT,
    value  INTEGER
);
CREATE VIEW metrics_tsv AS SELECT * FROM metrics;
CREATE TRIGGER metrics_load INSTEAD OF INSERT ON metrics_tsv BEGIN
    INSERT INTO metrics SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(json_extract(texts, '$[2]'), ''),
        nullif(json_extract(texts, '$[3]'), ''),
        nullif(json_extract(texts, '$[4]'), ''),
        nullif(json_extract(texts, '$[5]'), ''),
        nullif(json_extract(texts, '$[6]'), ''),
        nullif(json_extract(texts, '$[7]'), ''),
        nullif(iif(typeof(NEW.value + 0) = 'real', CAST(NEW.value AS BLOB), NEW.value), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.day, NEW.hour, NEW.host, NEW.domain, NEW.user, NEW.source, NEW.metric, NEW.label
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;

-- Sums of messages: xfer-sum --full.
CREATE TABLE traffic (
    day       TEXT,
    host      TEXT,
    domain    TEXT,
    direction TEXT,
    status    TEXT,
    messages  INTEGER,
    bytes     INTEGER
);
CREATE VIEW traffic_tsv AS SELECT * FROM traffic;
CREATE TRIGGER traffic_load INSTEAD OF INSERT ON traffic_tsv BEGIN
    INSERT INTO traffic SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(json_extract(texts, '$[2]'), ''),
        nullif(json_extract(texts, '$[3]'), ''),
        nullif(json_extract(texts, '$[4]'), ''),
        nullif(iif(typeof(NEW.messages + 0) = 'real',
            CAST(NEW.messages AS BLOB), NEW.messages), ''),
        nullif(iif(typeof(NEW.bytes + 0) = 'real', CAST(NEW.bytes AS BLOB), NEW.bytes), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.day, NEW.host, NEW.domain, NEW.direction, NEW.status
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;

-- Mails in Maildirs: maildir-received.
CREATE TABLE received (
    path   TEXT,
    time   TEXT,
    ip     TEXT,
    helo   TEXT,
    host   TEXT,
    by     TEXT,
    sender TEXT
);
CREATE VIEW received_tsv AS SELECT * FROM received;
CREATE TRIGGER received_load INSTEAD OF INSERT ON received_tsv BEGIN
    INSERT INTO received SELECT
        nullif(json_extract(texts, '$[0]'), ''),
        nullif(json_extract(texts, '$[1]'), ''),
        nullif(json_extract(texts, '$[2]'), ''),
        nullif(json_extract(texts, '$[3]'), ''),
        nullif(json_extract(texts, '$[4]'), ''),
        nullif(json_extract(texts, '$[5]'), ''),
        nullif(json_extract(texts, '$[6]'), '')
    FROM (SELECT replace(replace(replace(replace(replace(replace(replace(json_array(
        NEW.path, NEW.time, NEW.ip, NEW.helo, NEW.host, NEW.by, NEW.sender
        ), '\\\\', char(1)), '\\t', '\t'), '\\n', '\n'), '\\r', '\r'),
        '\\\"', '\"'), '\\''', ''''), char(1), '\\') AS texts LIMIT 1);
END;
