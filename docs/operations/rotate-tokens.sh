#!/usr/bin/env bash
# New tokens for data and for administering; the old ones are refused afterwards. Pods that have changed already know only the new ones.
# A Secret that somebody else keeps (auth.existingSecret) is changed there first; --changed says so, and pods start again with what it has.
#   docs/operations/rotate-tokens.sh [--changed]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

token() { head -c 24 /dev/urandom | base64 | tr +/ ab; }
find_release
if [[ ${1:-} != --changed ]]; then
  secret_is_own || { echo "Secret $secret is not the release's: change data and admin there, then $0 --changed" >&2; exit 1; }
  # Not the key "cluster": members prove themselves to each other by it, and those with another one would not be heard.
  kubectl --namespace "$namespace" patch secret "$secret" --type merge \
    --patch '{"stringData": {"data": "'"$(token)"'", "admin": "'"$(token)"'"}}'
fi
kubectl --namespace "$namespace" rollout restart statefulset,deployment --selector "app.kubernetes.io/instance=$release"
kubectl --namespace "$namespace" get statefulset,deployment --selector "app.kubernetes.io/instance=$release" --output name |
  while read -r each; do kubectl --namespace "$namespace" rollout status "$each" --timeout=15m; done
until_well
