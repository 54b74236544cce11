-- Tables of ClickHouse for the rows of maillog-tools.
--
--     clickhouse-client -d mail --queries-file clickhouse.sql
--     clickhouse-client -d mail -q "INSERT INTO messages FROM INFILE 'messages.tsv'
--         SETTINGS input_format_tsv_empty_as_default = 1 FORMAT TabSeparated"
--
-- ClickHouse turns the escapes of the rows back, so there is no function for that here. An empty
-- field is NULL; without the setting an empty number would be 0. Process numbers, ports and codes
-- are names: text. ORDER BY tuple() keeps no order: put there what you search for.

-- Attempts to deliver: qmstat-parse, qmsend-parse.
CREATE TABLE messages (
    time      Nullable(String),
    host      Nullable(String),
    direction Nullable(String),
    pid       Nullable(String),
    sender    Nullable(String),
    recipient Nullable(String),
    bytes     Nullable(UInt64),
    status    Nullable(String),
    attempts  Nullable(UInt64),
    active_ms Nullable(UInt64),
    queue_ms  Nullable(UInt64),
    reason    Nullable(String),
    relay     Nullable(String),
    source    Nullable(String),
    text      Nullable(String)
) ENGINE = MergeTree ORDER BY tuple();

-- Verdicts of a mail server: logterse-split, smtpd-parse.
CREATE TABLE transactions (
    time           Nullable(String),
    pid            Nullable(String),
    hook           Nullable(String),
    ip             Nullable(String),
    port           Nullable(String),
    host           Nullable(String),
    helo           Nullable(String),
    sender         Nullable(String),
    recipient      Nullable(String),
    disposition    Nullable(String),
    code           Nullable(String),
    message        Nullable(String),
    is_spam        Nullable(UInt8),
    score_centi    Nullable(Int64),
    required_centi Nullable(Int64),
    dnsbl          Nullable(String),
    sender_tld     Nullable(String),
    bytes          Nullable(UInt64),
    auth_user      Nullable(String),
    source         Nullable(String)
) ENGINE = MergeTree ORDER BY tuple();

-- What happened to connections: qplogtail, qploggrep.
CREATE TABLE events (
    time      Nullable(String),
    pid       Nullable(String),
    ip        Nullable(String),
    kind      Nullable(String),
    detail    Nullable(String),
    status    Nullable(String),
    message   Nullable(String),
    sender    Nullable(String),
    recipient Nullable(String),
    host      Nullable(String),
    helo      Nullable(String)
) ENGINE = MergeTree ORDER BY tuple();

-- Sessions and their lengths: session-parse, qmsend-parse --sessions.
CREATE TABLE sessions (
    time      Nullable(String),
    service   Nullable(String),
    host      Nullable(String),
    pid       Nullable(String),
    ip        Nullable(String),
    port      Nullable(String),
    user      Nullable(String),
    active_ms Nullable(UInt64),
    in_bytes  Nullable(UInt64),
    out_bytes Nullable(UInt64),
    end       Nullable(String),
    source    Nullable(String),
    detail    Nullable(String)
) ENGINE = MergeTree ORDER BY tuple();

-- The load of a server: server-sample.
CREATE TABLE samples (
    time        Nullable(String),
    host        Nullable(String),
    interval_ms Nullable(UInt64),
    cpu_ms      Nullable(UInt64),
    memory_kib  Nullable(UInt64),
    open_files  Nullable(UInt64),
    processes   Nullable(UInt64),
    threads     Nullable(UInt64),
    connections Nullable(UInt64),
    queue       Nullable(UInt64),
    todo        Nullable(UInt64)
) ENGINE = MergeTree ORDER BY tuple();

-- Sums of any rows: metric-sum.
CREATE TABLE metrics (
    day    Nullable(String),
    hour   Nullable(String),
    host   Nullable(String),
    domain Nullable(String),
    user   Nullable(String),
    source Nullable(String),
    metric Nullable(String),
    label  Nullable(String),
    value  Nullable(UInt64)
) ENGINE = MergeTree ORDER BY tuple();

-- Sums of messages: xfer-sum --full.
CREATE TABLE traffic (
    day       Nullable(String),
    host      Nullable(String),
    domain    Nullable(String),
    direction Nullable(String),
    status    Nullable(String),
    messages  Nullable(UInt64),
    bytes     Nullable(UInt64)
) ENGINE = MergeTree ORDER BY tuple();

-- Mails in Maildirs: maildir-received.
CREATE TABLE received (
    path   Nullable(String),
    time   Nullable(String),
    ip     Nullable(String),
    helo   Nullable(String),
    host   Nullable(String),
    by     Nullable(String),
    sender Nullable(String)
) ENGINE = MergeTree ORDER BY tuple();
