#!/bin/sh
# Installs the programs that the tests compare with, by apt-get where that can be done: as root on
# Debian and its like, and only what is missing. Python's packages go into target/peers/venv, where
# pip reaches a registry. Elsewhere it says what is missing, and the tests say again what they leave
# out.
set -eu

# The program that is looked for, and Debian's package of it.
peers='
tai64nlocal daemontools
multilog daemontools
s6-tai64nlocal s6
s6-log s6
svlogd runit
gawk gawk
mawk mawk
sqlite3 sqlite3
rbldnsd rbldnsd
dig bind9-dnsutils
mandoc mandoc
groff groff
shellcheck shellcheck
strace strace
gzip gzip
bash bash
/usr/share/bash-completion/bash_completion bash-completion
zsh zsh
fish fish
ps procps
ss iproute2
python3 python3-venv
mariadbd mariadb-server
flock util-linux
promtool prometheus
chromium chromium
initdb postgresql
setpriv util-linux
systemd-analyze systemd
valgrind valgrind
dpkg-buildpackage dpkg-dev
dh debhelper
lintian lintian
rpmbuild rpm
strip binutils
git git
make make
execlineb execline
logrotate logrotate
munin-run munin-node
negate monitoring-plugins-basic
parallel parallel
ssh openssh-client
sshd openssh-server
'

# Prints the $1 (program or package) of every peer that is not there.
missing() {
    printf '%s' "$peers" | while read -r program package; do
        # daemons are in sbin, a database's server and Nagios' plugins in folders of their own, which are
        # not in everyone's PATH
        [ -z "$program" ] || [ -f "$program" ] ||
            PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null ||
            command -v /usr/lib/postgresql/*/bin/"$program" >/dev/null ||
            command -v /usr/lib/nagios/plugins/"$program" >/dev/null ||
            case $1 in program) printf ' %s' "$program" ;; package) printf ' %s' "$package" ;; esac
    done
}

log=$(mktemp)
packages=$(missing package)
if [ -n "$packages" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing what the tests compare with:$packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update >"$log" 2>&1 </dev/null || tail -n 5 "$log"
    install="apt-get -q -y --no-install-recommends install"
    # together; or, where a release lacks one of them, each for itself
    # shellcheck disable=SC2086 # one word per package
    if ! $install $packages >"$log" 2>&1 </dev/null; then
        for package in $packages; do
            $install "$package" >"$log" 2>&1 </dev/null || tail -n 2 "$log"
        done
    fi
fi

still=$(missing program)

list=$(dirname "$0")/python-peers.txt
venv=$(dirname "$0")/../target/peers/venv
if ! cmp -s "$list" "$venv/installed"; then
    echo "installing what the tests compare with: $list"
    pip="$venv/bin/pip -q --disable-pip-version-check --retries 1 install --only-binary :all:"
    # shellcheck disable=SC2086 # one word per option
    if python3 -m venv "$venv" >"$log" 2>&1 && $pip -r "$list" >"$log" 2>&1 </dev/null; then
        cp "$list" "$venv/installed"
    else
        tail -n 2 "$log"
        still="$still $list"
    fi
fi

rm -f "$log"
[ -z "$still" ] || echo "not installed, and not compared with:$still"
