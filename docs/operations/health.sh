#!/usr/bin/env bash
# Is it well? Ends with 0 while every group serves, that of the controllers too, and every shard belongs to one.
#   docs/operations/health.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

kubectl --namespace "$namespace" get pods --selector "$pods" --output wide
flotilla status
