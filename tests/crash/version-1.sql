CREATE TABLE ledger (
    name      TEXT    NOT NULL,
    sha256    TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    host      TEXT    NOT NULL,
    lines     INTEGER NOT NULL,
    kilobytes INTEGER NOT NULL,
    loaded_at INTEGER NOT NULL,
    PRIMARY KEY (day, kind, host)
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_sha256 ON ledger (sha256);
CREATE TABLE translog (
    day       TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    host      TEXT    NOT NULL,
    domain    TEXT    NOT NULL,
    kilobytes INTEGER NOT NULL,
    hits_all  INTEGER NOT NULL,
    hits_html INTEGER NOT NULL,
    file      TEXT    NOT NULL
) STRICT;
CREATE INDEX translog_domain_day ON translog (domain, day);
CREATE INDEX translog_file ON translog (day, kind, host);
PRAGMA application_id = 1835824242;
PRAGMA user_version = 1;
PRAGMA journal_mode = wal;
