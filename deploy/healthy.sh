#!/usr/bin/env bash
# Exits with 0 if a version of the model is loaded. The image of TensorFlow
# Serving has bash, but neither curl nor Python.
#
#   healthy.sh [MODEL_NAME [REST_PORT]]
set -euo pipefail
exec 3<>"/dev/tcp/127.0.0.1/${2:-8501}"
printf 'GET /v1/models/%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' \
  "${1:-${MODEL_NAME:-model}}" >&3
answer=$(timeout 5 cat <&3)
# The state of a version; another model is answered with 404 and no state.
[[ $answer =~ \"state\":\ *\"AVAILABLE\" ]]
