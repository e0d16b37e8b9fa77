#!/bin/sh
# Sees to it that PgBouncer is there for the tests: the system's, installed when we may.
set -eu

if command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ]; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q pgbouncer || { apt-get update -q && apt-get install -y -q pgbouncer; }
else
    echo "Testerna behöver PgBouncer: kör apt-get install pgbouncer som root" >&2
    exit 1
fi
