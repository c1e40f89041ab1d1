#!/bin/sh
# Creates the data of a server with an append-only file from a snapshot: restore.sh <backup.rdb>
# <empty data folder>
# A server with `appendonly yes` reads only its append-only file, and would start empty beside a
# snapshot.
set -eu
: "${REDIS_SERVER:=redis-server}"
backup=${1:?usage: restore.sh <backup.rdb> <empty data folder>}
data=${2:?usage: restore.sh <backup.rdb> <empty data folder>}
mkdir -p "$data"
data=$(cd "$data" && pwd)
if [ -n "$(ls -A "$data")" ]; then
  echo "$data is not empty: nothing was done" >&2
  exit 1
fi
cp "$backup" "$data/dump.rdb"

cli() { redis-cli -s "$data/restore.sock" "$@"; }
"$REDIS_SERVER" --port 0 --unixsocket "$data/restore.sock" --dir "$data" --dbfilename dump.rdb --save '' --appendonly no \
  --daemonize no >"$data/restore.log" 2>&1 &
trap 'kill $! 2>/dev/null || true' EXIT
until [ "$(cli ping 2>/dev/null)" = PONG ]; do
  if ! kill -0 $! 2>/dev/null; then
    echo "Redis does not read $backup: see $data/restore.log" >&2
    exit 1
  fi
  sleep 0.1
done
cli config set appendonly yes >/dev/null
while cli info persistence | grep -Eq '^aof_rewrite_(in_progress|scheduled):1'; do sleep 0.1; done
cli info persistence | grep -q '^aof_last_bgrewrite_status:ok'
echo "$(cli dbsize) keys restored"
cli shutdown nosave
wait $! || true
rm "$data/dump.rdb" "$data/restore.log"
