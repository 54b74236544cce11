-- Tables of MariaDB for the rows of maillog-tools.
--
--     mariadb mail <mariadb.sql
--     sed -n "/^-- LOAD.*'messages/,/;/s/^-- //p" mariadb.sql | mariadb --local-infile=1 mail
--
-- Each table is followed by the statement that loads it, as a comment. MariaDB turns the escapes of
-- the rows back, so there is no function for that here. An empty field is NULL, for which the
-- statement must name each column: MariaDB itself would make 0 of an empty number. It asks for the
-- length, since a blank = '' may be true. Process numbers, ports and codes are names: text. All
-- text is compared byte for byte.

-- Attempts to deliver: qmstat-parse, qmsend-parse.
CREATE TABLE messages (
    time      LONGTEXT,
    host      LONGTEXT,
    direction LONGTEXT,
    pid       LONGTEXT,
    sender    LONGTEXT,
    recipient LONGTEXT,
    bytes     BIGINT UNSIGNED,
    status    LONGTEXT,
    attempts  BIGINT UNSIGNED,
    active_ms BIGINT UNSIGNED,
    queue_ms  BIGINT UNSIGNED,
    reason    LONGTEXT,
    relay     LONGTEXT,
    source    LONGTEXT,
    text      LONGTEXT
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'messages.tsv' INTO TABLE messages CHARACTER SET utf8mb4 (
--     @time, @host, @direction, @pid, @sender, @recipient, @bytes, @status, @attempts,
--     @active_ms, @queue_ms, @reason, @relay, @source, @text
-- ) SET
--     time = if(length(@time), @time, NULL), host = if(length(@host), @host, NULL),
--     direction = if(length(@direction), @direction, NULL), pid = if(length(@pid), @pid, NULL),
--     sender = if(length(@sender), @sender, NULL),
--     recipient = if(length(@recipient), @recipient, NULL),
--     bytes = if(length(@bytes), @bytes, NULL), status = if(length(@status), @status, NULL),
--     attempts = if(length(@attempts), @attempts, NULL),
--     active_ms = if(length(@active_ms), @active_ms, NULL),
--     queue_ms = if(length(@queue_ms), @queue_ms, NULL),
--     reason = if(length(@reason), @reason, NULL), relay = if(length(@relay), @relay, NULL),
--     source = if(length(@source), @source, NULL), text = if(length(@text), @text, NULL);

-- Verdicts of a mail server: logterse-split, smtpd-parse.
CREATE TABLE transactions (
    time           LONGTEXT,
    pid            LONGTEXT,
    hook           LONGTEXT,
    ip             LONGTEXT,
    port           LONGTEXT,
    host           LONGTEXT,
    helo           LONGTEXT,
    sender         LONGTEXT,
    recipient      LONGTEXT,
    disposition    LONGTEXT,
    code           LONGTEXT,
    message        LONGTEXT,
    is_spam        TINYINT,
    score_centi    BIGINT,
    required_centi BIGINT,
    dnsbl          LONGTEXT,
    sender_tld     LONGTEXT,
    bytes          BIGINT UNSIGNED,
    auth_user      LONGTEXT,
    source         LONGTEXT
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'transactions.tsv' INTO TABLE transactions CHARACTER SET utf8mb4 (
--     @time, @pid, @hook, @ip, @port, @host, @helo, @sender, @recipient, @disposition, @code,
--     @message, @is_spam, @score_centi, @required_centi, @dnsbl, @sender_tld, @bytes, @auth_user,
--     @source
-- ) SET
--     time = if(length(@time), @time, NULL), pid = if(length(@pid), @pid, NULL),
--     hook = if(length(@hook), @hook, NULL), ip = if(length(@ip), @ip, NULL),
--     port = if(length(@port), @port, NULL), host = if(length(@host), @host, NULL),
--     helo = if(length(@helo), @helo, NULL), sender = if(length(@sender), @sender, NULL),
--     recipient = if(length(@recipient), @recipient, NULL),
--     disposition = if(length(@disposition), @disposition, NULL),
--     code = if(length(@code), @code, NULL), message = if(length(@message), @message, NULL),
--     is_spam = if(length(@is_spam), @is_spam, NULL),
--     score_centi = if(length(@score_centi), @score_centi, NULL),
--     required_centi = if(length(@required_centi), @required_centi, NULL),
--     dnsbl = if(length(@dnsbl), @dnsbl, NULL),
--     sender_tld = if(length(@sender_tld), @sender_tld, NULL),
--     bytes = if(length(@bytes), @bytes, NULL),
--     auth_user = if(length(@auth_user), @auth_user, NULL),
--     source = if(length(@source), @source, NULL);

-- What happened to connections: qplogtail, qploggrep.
CREATE TABLE events (
    time      LONGTEXT,
    pid       LONGTEXT,
    ip        LONGTEXT,
    kind      LONGTEXT,
    detail    LONGTEXT,
    status    LONGTEXT,
    message   LONGTEXT,
    sender    LONGTEXT,
    recipient LONGTEXT,
    host      LONGTEXT,
    helo      LONGTEXT
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'events.tsv' INTO TABLE events CHARACTER SET utf8mb4 (
--     @time, @pid, @ip, @kind, @detail, @status, @message, @sender, @recipient, @host, @helo
-- ) SET
--     time = if(length(@time), @time, NULL), pid = if(length(@pid), @pid, NULL),
--     ip = if(length(@ip), @ip, NULL), kind = if(length(@kind), @kind, NULL),
--     detail = if(length(@detail), @detail, NULL), status = if(length(@status), @status, NULL),
--     message = if(length(@message), @message, NULL),
--     sender = if(length(@sender), @sender, NULL),
--     recipient = if(length(@recipient), @recipient, NULL),
--     host = if(length(@host), @host, NULL), helo = if(length(@helo), @helo, NULL);

-- Sessions and their lengths: session-parse, qmsend-parse --sessions.
CREATE TABLE sessions (
    time      LONGTEXT,
    service   LONGTEXT,
    host      LONGTEXT,
    pid       LONGTEXT,
    ip        LONGTEXT,
    port      LONGTEXT,
    user      LONGTEXT,
    active_ms BIGINT UNSIGNED,
    in_bytes  BIGINT UNSIGNED,
    out_bytes BIGINT UNSIGNED,
    end       LONGTEXT,
    source    LONGTEXT,
    detail    LONGTEXT
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'sessions.tsv' INTO TABLE sessions CHARACTER SET utf8mb4 (
--     @time, @service, @host, @pid, @ip, @port, @user, @active_ms, @in_bytes, @out_bytes, @end,
--     @source, @detail
-- ) SET
--     time = if(length(@time), @time, NULL), service = if(length(@service), @service, NULL),
--     host = if(length(@host), @host, NULL), pid = if(length(@pid), @pid, NULL),
--     ip = if(length(@ip), @ip, NULL), port = if(length(@port), @port, NULL),
--     user = if(length(@user), @user, NULL),
--     active_ms = if(length(@active_ms), @active_ms, NULL),
--     in_bytes = if(length(@in_bytes), @in_bytes, NULL),
--     out_bytes = if(length(@out_bytes), @out_bytes, NULL), end = if(length(@end), @end, NULL),
--     source = if(length(@source), @source, NULL), detail = if(length(@detail), @detail, NULL);

-- The load of a server: server-sample.
CREATE TABLE samples (
    time        LONGTEXT,
    host        LONGTEXT,
    interval_ms BIGINT UNSIGNED,
    cpu_ms      BIGINT UNSIGNED,
    memory_kib  BIGINT UNSIGNED,
    open_files  BIGINT UNSIGNED,
    processes   BIGINT UNSIGNED,
    threads     BIGINT UNSIGNED,
    connections BIGINT UNSIGNED,
    queue       BIGINT UNSIGNED,
    todo        BIGINT UNSIGNED
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'samples.tsv' INTO TABLE samples CHARACTER SET utf8mb4 (
--     @time, @host, @interval_ms, @cpu_ms, @memory_kib, @open_files, @processes, @threads,
--     @connections, @queue, @todo
-- ) SET
--     time = if(length(@time), @time, NULL), host = if(length(@host), @host, NULL),
--     interval_ms = if(length(@interval_ms), @interval_ms, NULL),
--     cpu_ms = if(length(@cpu_ms), @cpu_ms, NULL),
--     memory_kib = if(length(@memory_kib), @memory_kib, NULL),
--     open_files = if(length(@open_files), @open_files, NULL),
--     processes = if(length(@processes), @processes, NULL),
--     threads = if(length(@threads), @threads, NULL),
--     connections = if(length(@connections), @connections, NULL),
--     queue = if(length(@queue), @queue, NULL), todo = if(length(@todo), @todo, NULL);

-- Sums of any rows: metric-sum.
CREATE TABLE metrics (
    day    LONGTEXT,
    hour   LONGTEXT,
    host   LONGTEXT,
    domain LONGTEXT,
    user   LONGTEXT,
    source LONGTEXT,
    metric LONGTEXT,
    label  LONGTEXT,
    value  BIGINT UNSIGNED
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'metrics.tsv' INTO TABLE metrics CHARACTER SET utf8mb4 (
--     @day, @hour, @host, @domain, @user, @source, @metric, @label, @value
-- ) SET
--     day = if(length(@day), @day, NULL), hour = if(length(@hour), @hour, NULL),
--     host = if(length(@host), @host, NULL), domain = if(length(@domain), @domain, NULL),
--     user = if(length(@user), @user, NULL), source = if(length(@source), @source, NULL),
--     metric = if(length(@metric), @metric, NULL), label = if(length(@label), @label, NULL),
--     value = if(length(@value), @value, NULL);

-- Sums of messages: xfer-sum --full.
CREATE TABLE traffic (
    day       LONGTEXT,
    host      LONGTEXT,
    domain    LONGTEXT,
    direction LONGTEXT,
    status    LONGTEXT,
    messages  BIGINT UNSIGNED,
    bytes     BIGINT UNSIGNED
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'traffic.tsv' INTO TABLE traffic CHARACTER SET utf8mb4 (
--     @day, @host, @domain, @direction, @status, @messages, @bytes
-- ) SET
--     day = if(length(@day), @day, NULL), host = if(length(@host), @host, NULL),
--     domain = if(length(@domain), @domain, NULL),
--     direction = if(length(@direction), @direction, NULL),
--     status = if(length(@status), @status, NULL),
--     messages = if(length(@messages), @messages, NULL), bytes = if(length(@bytes), @bytes, NULL);

-- Mails in Maildirs: maildir-received.
CREATE TABLE received (
    path   LONGTEXT,
    time   LONGTEXT,
    ip     LONGTEXT,
    helo   LONGTEXT,
    host   LONGTEXT,
    `by`   LONGTEXT,
    sender LONGTEXT
) CHARSET utf8mb4 COLLATE utf8mb4_nopad_bin;
-- LOAD DATA LOCAL INFILE 'received.tsv' INTO TABLE received CHARACTER SET utf8mb4 (
--     @path, @time, @ip, @helo, @host, @by, @sender
-- ) SET
--     path = if(length(@path), @path, NULL), time = if(length(@time), @time, NULL),
--     ip = if(length(@ip), @ip, NULL), helo = if(length(@helo), @helo, NULL),
--     host = if(length(@host), @host, NULL), `by` = if(length(@by), @by, NULL),
--     sender = if(length(@sender), @sender, NULL);
