#!/usr/bin/env bash
# A member begins anew on an empty volume: its own is damaged, too small, or of the wrong kind. One at a time.
#   docs/operations/replace-member.sh GROUP ORDINAL     (GROUP: 1, 2, … or controllers)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
[[ $# == 2 ]] || { echo "usage: $0 GROUP ORDINAL" >&2; exit 2; }

find_release
set=$fullname-replica-$1
[[ $1 != controllers ]] || set=$fullname-controller
count=$(kubectl --namespace "$namespace" get statefulset "$set" --output 'jsonpath={.spec.replicas}')
((count > 2 && $2 < count)) || { echo "$set has $count members: $2 can't be replaced" >&2; exit 1; }

# All others are well. If not, bring them back first: while two of three are away, nobody can copy anything to the third.
for ((i = 0; i < count; i++)); do
  ((i == $2)) || kubectl --namespace "$namespace" wait "pod/$set-$i" --for=condition=Ready --timeout=10s
done
kubectl --namespace "$namespace" delete pvc "data-$set-$2" --wait=false
kubectl --namespace "$namespace" delete pod "$set-$2"
# It copies everything, takes the vote, and is ready then.
kubectl --namespace "$namespace" wait "pod/$set-$2" --for=create --timeout=1m
kubectl --namespace "$namespace" wait "pod/$set-$2" --for=condition=Ready --timeout=15m
until_well
