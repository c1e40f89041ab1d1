#!/bin/sh
# Creates a certificate for localhost to try TLS: fullchain.pem and privkey.pem in this folder, or
# in the given one.
set -eu
cd "${1:-$(dirname "$0")}"
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
  -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
  -out fullchain.pem -keyout privkey.pem
