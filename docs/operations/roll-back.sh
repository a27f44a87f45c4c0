#!/usr/bin/env bash
# Back to what a release was: the revision before, or the one that is named (helm history). Tokens stay as they are.
#   docs/operations/roll-back.sh [REVISION]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

# A revision holds the tokens of its time, and a rollback writes them over those of a rotation since. They are put back at once, because the
# hook after the rollback needs those that members take; what has started in between starts once more.
find_release
kept=$(kubectl --namespace "$namespace" get secret "$secret" --output 'jsonpath={.data}')
put_back=$(mktemp)
put_tokens_back() {
  local now
  now=$(kubectl --namespace "$namespace" get secret "$secret" --output 'jsonpath={.data}') || return
  [[ $now != "$kept" ]] || return 0
  echo once >"$put_back"
  kubectl --namespace "$namespace" patch secret "$secret" --type merge --patch '{"data": '"$kept"'}'
}
guard=
if secret_is_own; then
  (while sleep 0.2; do put_tokens_back || :; done) &
  guard=$!
fi
trap '[[ -z $guard ]] || { kill "$guard"; put_tokens_back; }; rm "$put_back"' EXIT

helm rollback "$release" "${1:-0}" --namespace "$namespace" --wait --timeout 15m
[[ -z $guard ]] || put_tokens_back
if [[ -s $put_back ]]; then "$(dirname "${BASH_SOURCE[0]}")/rotate-tokens.sh" --changed; else until_well; fi
