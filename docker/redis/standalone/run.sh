#!/bin/sh
# Starts one Redis: run.sh <data folder> [port, 6379] [redis.conf
# strict.conf]
default_port=6379
. "$(dirname "$0")/../lib.sh"

start "$first" "$conf"
answers "$first"
serve "redis://127.0.0.1:$first/0"
