# Starts the profiles as plain processes on the loopback interface, each server in its own folder.
# Sourced by run.sh.
set -eu

: "${REDIS_SERVER:=redis-server}"
profile=$(cd "$(dirname "$0")" && pwd)
data=${1:?usage: run.sh <data folder> [first port] [redis.conf|strict.conf]}
first=${2:-$default_port}
conf=${3:-redis.conf}
mkdir -p "$data"
data=$(cd "$data" && pwd)
pids=

end() {
  trap - EXIT INT TERM
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  wait
}
trap 'end; exit 0' INT TERM
trap end EXIT

# start <port> <config file> [option ...]: starts a server with its files in <data folder>/<port>,
# and its process id in redis.pid there.
start() {
  port=$1 file=$2
  shift 2
  mkdir -p "$data/$port"
  # Keeps a file that Sentinel rewrote in an earlier run.
  for given in "$profile"/*.conf "$profile"/../common.conf; do
    [ -e "$data/$port/${given##*/}" ] || cp "$given" "$data/$port/"
  done
  (
    cd "$data/$port"
    exec "$REDIS_SERVER" "$file" --port "$port" --bind 127.0.0.1 --daemonize no "$@" >>redis.log 2>&1
  ) &
  echo $! >"$data/$port/redis.pid"
  pids="$pids $!"
}

# answers <port> ...: waits until the servers have loaded their data.
answers() {
  for port in "$@"; do
    tries=0
    until [ "$(redis-cli -p "$port" ping 2>/dev/null)" = PONG ]; do
      tries=$((tries + 1))
      if [ $tries -gt 300 ]; then
        echo "Redis on port $port does not answer: see $data/$port/redis.log" >&2
        exit 1
      fi
      sleep 0.1
    done
  done
}

# serve <url>: reports that everything is up and waits until it is told to stop.
serve() {
  echo "REDIS_URL=$1"
  wait
}
