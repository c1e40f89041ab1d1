#!/bin/sh
# Starts a primary, two replicas and three Sentinels on six ports from the first one: run.sh <data
# folder> [first port, 6379] [redis.conf
# strict.conf]
default_port=6379
. "$(dirname "$0")/../lib.sh"

start "$first" "$conf"
answers "$first"
replicas="$((first + 1)) $((first + 2))" sentinels="$((first + 3)) $((first + 4)) $((first + 5))" hosts=
for port in $replicas; do start "$port" "$conf" --replicaof 127.0.0.1 "$first"; done
for port in $sentinels; do
  mkdir -p "$data/$port"
  [ -e "$data/$port/sentinel.conf" ] ||
    sed "s/ redis-1 6379 / 127.0.0.1 $first /" "$profile/sentinel.conf" >"$data/$port/sentinel.conf"
  start "$port" sentinel.conf --sentinel
  hosts="$hosts,127.0.0.1:$port"
done
# shellcheck disable=SC2086
answers $replicas $sentinels
# A failover before they all know each other would not succeed.
for port in $sentinels; do
  until redis-cli -p "$port" sentinel ckquorum postrider 2>&1 | grep -q '^OK 3' &&
    [ "$(redis-cli -p "$port" sentinel replicas postrider | grep -c ^runid)" = 2 ]; do sleep 0.2; done
done
serve "redis+sentinel://${hosts#,}/postrider"
