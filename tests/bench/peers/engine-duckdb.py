"""DuckDB: engine-duckdb.py sum|disposition|COLUMN FILE [THREADS]"""
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
