-- Tables of DuckDB for the rows of maillog-tools.
--
--     duckdb mail.db -f duckdb.sql
--     duckdb mail.db -c "INSERT INTO messages FROM messages_tsv('messages.tsv')"
--
-- TABLE_tsv(FILE) reads a file, or those of a pattern such as '2026-*.tsv', without loading it: all
-- columns as text, an empty field as NULL. INSERT makes numbers of what is one. Process numbers,
-- ports and codes are names: text. user, end and by are reserved words here, and need quotes.

-- The text that a field stands for: DuckDB itself leaves escapes as they are. chr(1) stands in no
-- field.
CREATE MACRO field(written) AS
    replace(replace(replace(replace(replace(replace(replace(written,
        '\\', chr(1)), '\t', chr(9)), '\n', chr(10)), '\r', chr(13)),
        '\"', '"'), '\''', ''''), chr(1), '\');

CREATE MACRO fields(file, names) AS TABLE
    SELECT field(COLUMNS(*))
    FROM read_csv(file, columns = names, header = false, auto_detect = false,
        delim = '\t', quote = '', escape = '', nullstr = '');

-- Attempts to deliver: qmstat-parse, qmsend-parse.
CREATE TABLE messages (
    time      VARCHAR,
    host      VARCHAR,
    direction VARCHAR,
    pid       VARCHAR,
    sender    VARCHAR,
    recipient VARCHAR,
    bytes     UBIGINT,
    status    VARCHAR,
    attempts  UBIGINT,
    active_ms UBIGINT,
    queue_ms  UBIGINT,
    reason    VARCHAR,
    relay     VARCHAR,
    source    VARCHAR,
    text      VARCHAR
);
CREATE MACRO messages_tsv(file) AS TABLE FROM fields(file, {
    time: 'VARCHAR', host: 'VARCHAR', direction: 'VARCHAR', pid: 'VARCHAR', sender: 'VARCHAR',
    recipient: 'VARCHAR', bytes: 'VARCHAR', status: 'VARCHAR', attempts: 'VARCHAR',
    active_ms: 'VARCHAR', queue_ms: 'VARCHAR', reason: 'VARCHAR', relay: 'VARCHAR',
    source: 'VARCHAR', text: 'VARCHAR'
});

-- Verdicts of a mail server: logterse-split, smtpd-parse.
CREATE TABLE transactions (
    time           VARCHAR,
    pid            VARCHAR,
    hook           VARCHAR,
    ip             VARCHAR,
    port           VARCHAR,
    host           VARCHAR,
    helo           VARCHAR,
    sender         VARCHAR,
    recipient      VARCHAR,
    disposition    VARCHAR,
    code           VARCHAR,
    message        VARCHAR,
    is_spam        TINYINT,
    score_centi    BIGINT,
    required_centi BIGINT,
    dnsbl          VARCHAR,
    sender_tld     VARCHAR,
    bytes          UBIGINT,
    auth_user      VARCHAR,
    source         VARCHAR
);
CREATE MACRO transactions_tsv(file) AS TABLE FROM fields(file, {
    time: 'VARCHAR', pid: 'VARCHAR', hook: 'VARCHAR', ip: 'VARCHAR', port: 'VARCHAR',
    host: 'VARCHAR', helo: 'VARCHAR', sender: 'VARCHAR', recipient: 'VARCHAR',
    disposition: 'VARCHAR', code: 'VARCHAR', message: 'VARCHAR', is_spam: 'VARCHAR',
    score_centi: 'VARCHAR', required_centi: 'VARCHAR', dnsbl: 'VARCHAR', sender_tld: 'VARCHAR',
    bytes: 'VARCHAR', auth_user: 'VARCHAR', source: 'VARCHAR'
});

-- What happened to connections: qplogtail, qploggrep.
CREATE TABLE events (
    time      VARCHAR,
    pid       VARCHAR,
    ip        VARCHAR,
    kind      VARCHAR,
    detail    VARCHAR,
    status    VARCHAR,
    message   VARCHAR,
    sender    VARCHAR,
    recipient VARCHAR,
    host      VARCHAR,
    helo      VARCHAR
);
CREATE MACRO events_tsv(file) AS TABLE FROM fields(file, {
    time: 'VARCHAR', pid: 'VARCHAR', ip: 'VARCHAR', kind: 'VARCHAR', detail: 'VARCHAR',
    status: 'VARCHAR', message: 'VARCHAR', sender: 'VARCHAR', recipient: 'VARCHAR',
    host: 'VARCHAR', helo: 'VARCHAR'
});

-- Sessions and their lengths: session-parse, qmsend-parse --sessions.
CREATE TABLE sessions (
    time      VARCHAR,
    service   VARCHAR,
    host      VARCHAR,
    pid       VARCHAR,
    ip        VARCHAR,
    port      VARCHAR,
    "user"    VARCHAR,
    active_ms UBIGINT,
    in_bytes  UBIGINT,
    out_bytes UBIGINT,
    "end"     VARCHAR,
    source    VARCHAR,
    detail    VARCHAR
);
CREATE MACRO sessions_tsv(file) AS TABLE FROM fields(file, {
    time: 'VARCHAR', service: 'VARCHAR', host: 'VARCHAR', pid: 'VARCHAR', ip: 'VARCHAR',
    port: 'VARCHAR', "user": 'VARCHAR', active_ms: 'VARCHAR', in_bytes: 'VARCHAR',
    out_bytes: 'VARCHAR', "end": 'VARCHAR', source: 'VARCHAR', detail: 'VARCHAR'
});

-- The load of a server: server-sample.
CREATE TABLE samples (
    time        VARCHAR,
    host        VARCHAR,
    interval_ms UBIGINT,
    cpu_ms      UBIGINT,
    memory_kib  UBIGINT,
    open_files  UBIGINT,
    processes   UBIGINT,
    threads     UBIGINT,
    connections UBIGINT,
    queue       UBIGINT,
    todo        UBIGINT
);
CREATE MACRO samples_tsv(file) AS TABLE FROM fields(file, {
    time: 'VARCHAR', host: 'VARCHAR', interval_ms: 'VARCHAR', cpu_ms: 'VARCHAR',
    memory_kib: 'VARCHAR', open_files: 'VARCHAR', processes: 'VARCHAR', threads: 'VARCHAR',
    connections: 'VARCHAR', queue: 'VARCHAR', todo: 'VARCHAR'
});

-- Sums of any rows: metric-sum.
CREATE TABLE metrics (
    day    VARCHAR,
    hour   VARCHAR,
    host   VARCHAR,
    domain VARCHAR,
    "user" VARCHAR,
    source VARCHAR,
    metric VARCHAR,
    label  VARCHAR,
    value  UBIGINT
);
CREATE MACRO metrics_tsv(file) AS TABLE FROM fields(file, {
    day: 'VARCHAR', hour: 'VARCHAR', host: 'VARCHAR', domain: 'VARCHAR', "user": 'VARCHAR',
    source: 'VARCHAR', metric: 'VARCHAR', label: 'VARCHAR', value: 'VARCHAR'
});

-- Sums of messages: xfer-sum --full.
CREATE TABLE traffic (
    day       VARCHAR,
    host      VARCHAR,
    domain    VARCHAR,
    direction VARCHAR,
    status    VARCHAR,
    messages  UBIGINT,
    bytes     UBIGINT
);
CREATE MACRO traffic_tsv(file) AS TABLE FROM fields(file, {
    day: 'VARCHAR', host: 'VARCHAR', domain: 'VARCHAR', direction: 'VARCHAR', status: 'VARCHAR',
    messages: 'VARCHAR', bytes: 'VARCHAR'
});

-- Mails in Maildirs: maildir-received.
CREATE TABLE received (
    path   VARCHAR,
    time   VARCHAR,
    ip     VARCHAR,
    helo   VARCHAR,
    host   VARCHAR,
    "by"   VARCHAR,
    sender VARCHAR
);
CREATE MACRO received_tsv(file) AS TABLE FROM fields(file, {
    path: 'VARCHAR', time: 'VARCHAR', ip: 'VARCHAR', helo: 'VARCHAR', host: 'VARCHAR',
    "by": 'VARCHAR', sender: 'VARCHAR'
});
