#!/bin/bash
# The ways to make a sum that run.sh compares.
#
# usage: way.sh WAY FILE...
#
# $SUM makes sums of message rows and $MERGE merges them. The sum comes to standard output; that of Spark
# to the file $OUT.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${SUM:?}" "${MERGE:?}" "${OUT:?}"
way=$1
shift

# Two hosts on the loopback, with half of the files each; $1 is the example that asks them.
over_ssh() {
    local ssh=${OUT%/*}/ssh server status=0 feed
    mkdir -p "$ssh/mx1" "$ssh/mx2"
    ln -sf "${@:2:$(($# / 2))}" "$ssh/mx1"
    ln -sf "${@:$(($# / 2 + 2))}" "$ssh/mx2"
    mkfifo "$ssh/feed"
    sh "$top/tests/src/sshd.sh" "$ssh" mx1 mx2 <"$ssh/feed" >"$ssh/said" &
    server=$!
    # the server ends with this
    exec {feed}>"$ssh/feed"
    until grep -qx ready "$ssh/said"; do kill -0 "$server" && sleep 0.05; done
    SSH="ssh -F $ssh/ssh_config" "$1" '*' mx1 mx2 || status=$?
    exec {feed}>&-
    wait "$server" || true
    rm -rf "$ssh"
    return "$status"
}

case $way in
    single)
        # shellcheck disable=SC2086 # a command and its flags
        qmstat-parse -q "$@" | $SUM
        ;;
    parallel) "$top/examples/parallel/files.sh" "$@" ;;
    pipepart)
        PARALLEL_SHELL=$(command -v bash)
        export PARALLEL_SHELL
        # shellcheck disable=SC2016 # each job expands its own
        parallel --will-cite --halt now,fail=1 --pipepart --block -1 -a "$1" \
            'set -o pipefail; qmstat-parse -q | $SUM' | $MERGE
        ;;
    ssh) over_ssh "$top/examples/parallel/ssh.sh" "$@" ;;
    sshlogin) over_ssh "$top/examples/parallel/sshlogin.sh" "$@" ;;
    spark | spark-send)
        kind=send
        [ "$way" = spark-send ] || kind=stats
        # two real workers, a core each; all they say of themselves stays in this folder
        export PYSPARK_PYTHON=$VENV/bin/python SPARK_LOCAL_IP=127.0.0.1 SPARK_WORKER_DIR=${OUT%/*}/spark
        "$VENV/bin/spark-submit" --master 'local-cluster[2,1,1024]' --conf spark.ui.enabled=false \
            --conf spark.local.dir="$SPARK_WORKER_DIR" "$top/examples/spark/traffic.py" "$OUT" $kind "$@"
        ;;
    send)
        for host; do
            # shellcheck disable=SC2086 # a command and its flags
            cat "$host"/* | qmsend-parse -q --host="${host##*/}"
        done | $SUM
        ;;
    parallel-send) "$top/examples/parallel/hosts.sh" "$@" ;;
    *) echo "way.sh: $way: no such way" >&2; exit 2 ;;
esac
