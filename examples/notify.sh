#!/bin/sh
# Publishes a line from a back end. Safe to repeat: a message with the same key is stored once, however often this runs.
#   KABAR_OPERATOR_KEY=… examples/notify.sh deploy-42 'Deploy 42 finished'
exec curl --fail-with-body --silent --show-error --retry 5 --retry-all-errors \
  -H "Authorization: Bearer $KABAR_OPERATOR_KEY" -H "Idempotency-Key: $1" -H 'Content-Type: text/plain' \
  --data-binary "$2" "${KABAR_URL:-http://localhost:3000}/api/topics/lobby/messages?name=Deploys"
