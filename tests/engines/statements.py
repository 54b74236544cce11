"""Runs the statements of a file and those of standard input in an engine that is a module of Python:
statements.py ENGINE FILE. Each ends with a semicolon and a newline. Prints what SELECTs give."""

import sys

engine, file = sys.argv[1:]
if engine == "clickhouse":
    from chdb import session

    database = session.Session()
    database.query("CREATE DATABASE mail")
    database.query("USE mail")

    def execute(statement):
        return str(database.query(statement, "TabSeparated"))

else:
    import duckdb

    database = duckdb.connect()

    def execute(statement):
        rows = database.execute(statement).fetchall()
        return "".join("\t".join(map(str, row)) + "\n" for row in rows)


for statement in (open(file).read() + sys.stdin.read()).split(";\n"):
    lines = [line for line in statement.split("\n") if not line.startswith("--")]
    if any(lines):
        result = execute(statement)
        if lines[0].startswith("SELECT"):
            print(result, end="")
