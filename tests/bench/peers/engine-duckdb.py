"""DuckDB: engine-duckdb.py sum|disposition|report-domains|report-months|COLUMN FILE [THREADS]"""
import sys

import duckdb

what, file = sys.argv[1:3]
if len(sys.argv) > 3:
    duckdb.execute(f"SET threads = {int(sys.argv[3])}")
PLAIN = "quote = '', escape = '', header = false, auto_detect = false"
QUERIES = {
    # messages and bytes per charged domain of a stats log without odd lines
    "sum": f"""
        SELECT lower(split_part(CASE WHEN contains(head, ' in[') THEN recipient ELSE sender END,
            '@', 2)), count(*), sum(bytes)
        FROM read_csv(?, delim = '|', {PLAIN}, columns = {{'head': 'VARCHAR', 'sender': 'VARCHAR',
            'recipient': 'VARCHAR', 'bytes': 'BIGINT', 'status': 'VARCHAR', 'attempts': 'VARCHAR'}})
        GROUP BY 1 ORDER BY 1""",
    # logterse lines by disposition
    "disposition": f"""
        SELECT count(*), c6
        FROM read_csv(?, delim = '\t', {PLAIN}, null_padding = true, columns = {{
            {", ".join(f"'c{n}': 'VARCHAR'" for n in range(1, 10))}}})
        WHERE contains(c1, 'logging::logterse') GROUP BY 2""",
}
METRICS = f"""
    read_csv(?, delim = '\t', {PLAIN}, columns = {{'day': 'VARCHAR', 'hour': 'VARCHAR',
        'host': 'VARCHAR', 'domain': 'VARCHAR', 'user': 'VARCHAR', 'source': 'VARCHAR',
        'metric': 'VARCHAR', 'label': 'VARCHAR', 'value': 'BIGINT'}})"""
ITEMS = """CASE metric WHEN 'mail.in' THEN 'incoming' WHEN 'mail.out' THEN 'outgoing'
    WHEN 'mail.in_bytes' THEN 'received' ELSE 'sent' END"""
# kilobytes per domain and of all, and messages and kilobytes per month
QUERIES["report-domains"] = f"""
    WITH sums AS (
        SELECT coalesce(domain, '') AS domain,
            sum(CASE metric WHEN 'mail.in_bytes' THEN value ELSE 0 END) AS received,
            sum(CASE metric WHEN 'mail.out_bytes' THEN value ELSE 0 END) AS sent
        FROM {METRICS} WHERE metric IN ('mail.in_bytes', 'mail.out_bytes') GROUP BY 1
    ), rows AS (
        SELECT CASE domain WHEN '' THEN '(none)' ELSE domain END AS name, received, sent
        FROM sums WHERE received + sent > 0
        UNION ALL SELECT '', sum(received), sum(sent) FROM sums
    )
    SELECT name, 'received', CAST((received + 512) // 1024 AS BIGINT) FROM rows
    UNION ALL SELECT name, 'sent', CAST((sent + 512) // 1024 AS BIGINT) FROM rows"""
QUERIES["report-months"] = f"""
    SELECT day[:7], {ITEMS},
        CAST(CASE WHEN metric LIKE '%bytes' THEN (sum(value) + 512) // 1024 ELSE sum(value) END
            AS BIGINT)
    FROM {METRICS} GROUP BY day[:7], metric"""
# rows by the value of a column, of 20
COUNT = f"""
    SELECT count(*), c{what}
    FROM read_csv(?, delim = '\t', {PLAIN}, columns = {{
        {", ".join(f"'c{n}': 'VARCHAR'" for n in range(1, 21))}}})
    GROUP BY 2"""
query = QUERIES.get(what, COUNT)
duckdb.execute(
    f"COPY ({query}) TO '/dev/stdout' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '')",
    [file],
)
