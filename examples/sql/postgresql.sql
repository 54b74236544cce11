-- Tables of PostgreSQL for the rows of maillog-tools.
--
--     psql -d mail -f postgresql.sql
--     psql -d mail -c "\copy messages FROM 'messages.tsv' WITH (FORMAT text, NULL '')"
--
-- COPY turns the escapes of the rows back, so there is no function for that here. An empty field is
-- NULL. numeric(20) holds every number below 2^64; bigint would end at half of that. Process
-- numbers, ports and codes are names: text. user and end are reserved words here, and need quotes.

-- Attempts to deliver: qmstat-parse, qmsend-parse.
CREATE TABLE messages (
    time      text,
    host      text,
    direction text,
    pid       text,
    sender    text,
    recipient text,
    bytes     numeric(20),
    status    text,
    attempts  numeric(20),
    active_ms numeric(20),
    queue_ms  numeric(20),
    reason    text,
    relay     text,
    source    text,
    text      text
);

-- Verdicts of a mail server: logterse-split, smtpd-parse.
CREATE TABLE transactions (
    time           text,
    pid            text,
    hook           text,
    ip             text,
    port           text,
    host           text,
    helo           text,
    sender         text,
    recipient      text,
    disposition    text,
    code           text,
    message        text,
    is_spam        smallint,
    score_centi    bigint,
    required_centi bigint,
    dnsbl          text,
    sender_tld     text,
    bytes          numeric(20),
    auth_user      text,
    source         text
);

-- What happened to connections: qplogtail, qploggrep.
CREATE TABLE events (
    time      text,
    pid       text,
    ip        text,
    kind      text,
    detail    text,
    status    text,
    message   text,
    sender    text,
    recipient text,
    host      text,
    helo      text
);

-- Sessions and their lengths: session-parse, qmsend-parse --sessions.
CREATE TABLE sessions (
    time      text,
    service   text,
    host      text,
    pid       text,
    ip        text,
    port      text,
    "user"    text,
    active_ms numeric(20),
    in_bytes  numeric(20),
    out_bytes numeric(20),
    "end"     text,
    source    text,
    detail    text
);

-- The load of a server: server-sample.
CREATE TABLE samples (
    time        text,
    host        text,
    interval_ms numeric(20),
    cpu_ms      numeric(20),
    memory_kib  numeric(20),
    open_files  numeric(20),
    processes   numeric(20),
    threads     numeric(20),
    connections numeric(20),
    queue       numeric(20),
    todo        numeric(20)
);

-- Sums of any rows: metric-sum.
CREATE TABLE metrics (
    day    text,
    hour   text,
    host   text,
    domain text,
    "user" text,
    source text,
    metric text,
    label  text,
    value  numeric(20)
);

-- Sums of messages: xfer-sum --full.
CREATE TABLE traffic (
    day       text,
    host      text,
    domain    text,
    direction text,
    status    text,
    messages  numeric(20),
    bytes     numeric(20)
);

-- Mails in Maildirs: maildir-received.
CREATE TABLE received (
    path   text,
    time   text,
    ip     text,
    helo   text,
    host   text,
    by     text,
    sender text
);
