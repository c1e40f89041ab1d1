#!/bin/sh
# Loads the index template and, if KIBANA_URL is set, the dashboard. Safe to run again.
set -eu
cd "$(dirname "$0")"

: "${ELASTICSEARCH_URL:?the URL of Elasticsearch, such as http://elasticsearch:9200}"
STREAM=logs-postrider-default

call() {
  # Credentials as user:password; none are sent without them.
  curl --silent --show-error --fail-with-body --retry 30 --retry-delay 2 --retry-connrefused \
    ${ELASTICSEARCH_CREDENTIALS:+--user "$ELASTICSEARCH_CREDENTIALS"} "$@"
  echo
}

call --request PUT "$ELASTICSEARCH_URL/_index_template/logs-postrider" \
  --header 'content-type: application/json' --data-binary @index-template.json

# A template only applies to new indices: an existing stream continues with a new index.
if curl --silent --output /dev/null --fail ${ELASTICSEARCH_CREDENTIALS:+--user "$ELASTICSEARCH_CREDENTIALS"} \
  "$ELASTICSEARCH_URL/_data_stream/$STREAM"; then
  call --request POST "$ELASTICSEARCH_URL/$STREAM/_rollover"
else
  call --request PUT "$ELASTICSEARCH_URL/_data_stream/$STREAM"
fi

[ -n "${KIBANA_URL:-}" ] || exit 0
call --request POST "$KIBANA_URL/api/saved_objects/_import?overwrite=true" \
  --header 'kbn-xsrf: true' --form file=@dashboard.ndjson
