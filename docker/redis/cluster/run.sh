#!/bin/sh
# Starts three primaries with a replica each on six ports from the first one, with their bus 1,000
# ports above:
# run.sh <data folder> [first port, 6379] [redis.conf|strict.conf]
default_port=6379
. "$(dirname "$0")/../lib.sh"

ports= nodes= hosts=
for index in 0 1 2 3 4 5; do
  next=$((first + index))
  start "$next" "$conf" --cluster-port "$((next + 1000))"
  ports="$ports $next" nodes="$nodes 127.0.0.1:$next" hosts="$hosts,127.0.0.1:$next"
done
# shellcheck disable=SC2086
answers $ports
# Nodes that know each other from an earlier run already form a cluster.
# shellcheck disable=SC2086
if redis-cli -p "$first" cluster info | grep -q cluster_known_nodes:1; then
  redis-cli --cluster create $nodes --cluster-replicas 1 --cluster-yes >"$data/create.log"
fi
until redis-cli -p "$first" cluster info | grep -q cluster_state:ok; do sleep 0.1; done
serve "redis+cluster://${hosts#,}"
