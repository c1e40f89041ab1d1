#!/bin/sh
# Starts a server of this profile behind the primary that the Sentinels name:
# SENTINELS='host:port …' start.sh redis-server redis.conf …
# A primary that returns during an election would accept writes that are lost with it. So it waits
# until another one is primary, at most WAIT seconds (10), which is longer than
# `down-after-milliseconds` and an election. After that, or if no Sentinel answers, it starts as its
# files say. REDISCLI_AUTH holds the password, if one is required.
set -u

# Prints the primary named by more than half of the Sentinels as host:port, `none` if they disagree,
# nothing if none answers.
named() {
  for sentinel in ${SENTINELS:?}; do
    timeout 1 redis-cli -h "${sentinel%:*}" -p "${sentinel##*:}" sentinel get-master-addr-by-name postrider 2>/dev/null | {
      read -r host && read -r port && echo "$host:$port"
    }
  done | sort | uniq -c | sort -rn | {
    read -r votes address || exit 0
    # shellcheck disable=SC2086
    set -- $SENTINELS
    if [ $((votes * 2)) -gt $# ]; then echo "$address"; else echo none; fi
  }
}

# This server is not running, so an answer comes from another one.
is_primary() {
  [ "$(timeout 1 redis-cli -h "${1%:*}" -p "${1##*:}" role 2>/dev/null | head -n 1)" = master ]
}

end=$(($(date +%s) + ${WAIT:-10}))
while address=$(named) && [ -n "$address" ] && [ "$(date +%s)" -lt $end ]; do
  if is_primary "$address"; then exec "$@" --replicaof "${address%:*}" "${address##*:}"; fi
  sleep 0.5
done
exec "$@"
