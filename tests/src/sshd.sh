#!/bin/sh
# A server for ssh on the loopback, for tests: it has keys of its own, and forgets them.
#
# usage: sshd.sh FOLDER HOST...
#
# Each HOST is a name in FOLDER/ssh_config, for `ssh -F FOLDER/ssh_config HOST`. Commands run in the
# folder FOLDER/HOST, with the PATH and the TZ of this script. "ready" is printed when hosts answer; the
# server ends with its standard input.
set -eu
folder=$(cd "$1" && pwd)
shift
umask 077
for key in host user; do
    ssh-keygen -q -t ed25519 -N '' -f "$folder/$key"
done
cp "$folder/user.pub" "$folder/authorized"
# the folder of a process that does without rights; the system makes it when it starts its own server
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd

sshd=$(PATH=$PATH:/usr/sbin command -v sshd)
# one port for each host, so that the server knows which is meant
ports=$(python3 -c '
import socket, sys
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in sys.argv[1:]]
print(*(server.getsockname()[1] for server in sockets))' "$@")
cat >"$folder/sshd_config" <<END
HostKey $folder/host
AuthorizedKeysFile $folder/authorized
AuthenticationMethods publickey
PermitRootLogin prohibit-password
PidFile none
StrictModes no
UsePAM no
MaxStartups 100
LogLevel ERROR
SetEnv "PATH=$PATH" "TZ=${TZ-}" LC_ALL=C
END
: >"$folder/ssh_config"
for port in $ports; do
    echo "ListenAddress 127.0.0.1:$port" >>"$folder/sshd_config"
done
for port in $ports; do
    host=$1
    shift
    mkdir -p "$folder/$host"
    # shellcheck disable=SC2016 # the server expands it
    cat >>"$folder/sshd_config" <<END
Match LocalPort $port
    ForceCommand cd '$folder/$host' && exec bash -c "\$SSH_ORIGINAL_COMMAND"
END
    cat >>"$folder/ssh_config" <<END
Host $host
    HostName 127.0.0.1
    Port $port
    IdentityFile $folder/user
    IdentitiesOnly yes
    BatchMode yes
    GlobalKnownHostsFile /dev/null
    UserKnownHostsFile $folder/known
    HostKeyAlias maillog
    LogLevel ERROR
END
done
echo "maillog $(cat "$folder/host.pub")" >"$folder/known"
host=$(sed -n 's/^Host //p' "$folder/ssh_config" | tail -n 1)
exec 3<&0
(
    tries=0
    until ssh -F "$folder/ssh_config" "$host" true </dev/null 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || exit 1
        sleep 0.1
    done
    echo ready
    cat <&3 >/dev/null
    kill "$$"
) &
exec "$sshd" -D -e -f "$folder/sshd_config" </dev/null 3<&-
