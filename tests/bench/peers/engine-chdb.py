"""chDB (ClickHouse) on all cores: engine-chdb.py sum|COLUMN FILE"""
import os
import sys

import chdb

what, file = sys.argv[1:3]
file = os.path.abspath(file)
if what == "sum":
    query = f"""
        SELECT lower(splitByChar('@', position(head, ' in[') > 0 ? recipient : sender)[2]) AS domain,
            count(), sum(bytes)
        FROM file('{file}', 'CSV', 'head String, sender String, recipient String, bytes UInt64,
            status String, attempts String')
        GROUP BY domain ORDER BY domain
        SETTINGS format_csv_delimiter = '|', format_csv_allow_single_quotes = 0,
            format_csv_allow_double_quotes = 0"""
else:
    columns = ", ".join(f"c{n} String" for n in range(1, 21))
    query = f"SELECT count(), c{what} FROM file('{file}', 'TSVRaw', '{columns}') GROUP BY c{what}"
sys.stdout.buffer.write(chdb.query(query, "TSVRaw").bytes())
