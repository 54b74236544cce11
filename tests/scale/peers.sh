#!/bin/sh
# Installs Apache Spark from the Python registry into the virtual environment $1, if it is not there. It
# needs Python and Java; where something is missing, run.sh says so and leaves Spark out.
set -eu
venv=$1
[ ! -x "$venv/bin/spark-submit" ] || exit 0
command -v java >/dev/null || { echo 'no java: Spark is not installed'; exit 0; }
mkdir -p "${venv%/*}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo 'installing Apache Spark, some 400 MB'
if ! { python3 -m venv "$venv" && "$venv/bin/pip" install pyspark==4.3.0; } >"$log" 2>&1; then
    tail -n 2 "$log"
    rm -rf "$venv"
fi
