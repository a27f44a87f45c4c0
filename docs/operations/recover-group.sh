#!/usr/bin/env bash
# A majority of a group's disks is gone for good: one survivor becomes the group, with what it has. What only the others had is lost, and
# their volumes are deleted, or two of them could take themselves for the group. operations.md says how to choose the survivor.
#   docs/operations/recover-group.sh GROUP SURVIVOR     (SURVIVOR: its ordinal)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
[[ $# == 2 ]] || { echo "usage: $0 GROUP SURVIVOR" >&2; exit 2; }

find_release
set=$fullname-replica-$1
count=$(kubectl --namespace "$namespace" get statefulset "$set" --output 'jsonpath={.spec.replicas}')
members=$(for ((i = 0; i < count; i++)); do ((i == $2)) || echo "$i"; done)

# Only where the group itself says that nobody leads it: an answer that does not come is none.
for attempt in 1 2 3 4 5 6; do
  code=0
  said=$(in_pod "" leader "$1" --endpoint "http://$set-$2.$set.$domain:7400") || code=$?
  ((code != 0)) || { echo "group $1 has a leader: $said" >&2; exit 1; }
  ((code != not_started)) || exit 1
  [[ $said != *"nobody leads $1 now"* ]] || break
  ((attempt < 6)) || { echo "the survivor does not say whether group $1 has a leader: $said" >&2; exit 1; }
done
# And only where most of its members are not well. This is no question of a moment: a member that was ready stays so while it runs.
ready=$(kubectl --namespace "$namespace" get statefulset "$set" --output 'jsonpath={.status.readyReplicas}')
((2 * ${ready:-0} <= count)) || { echo "$ready of $count members of group $1 are ready: wait for its leader" >&2; exit 1; }

# Kubernetes may be told to delete the volumes of pods that it ends (persistentVolumeClaimRetention.whenScaled). Not of these.
when_scaled=$(kubectl --namespace "$namespace" get statefulset "$set" --output 'jsonpath={.spec.persistentVolumeClaimRetentionPolicy.whenScaled}')
set_when_scaled() {
  [[ $when_scaled != Delete ]] || kubectl --namespace "$namespace" patch statefulset "$set" --type merge \
    --patch '{"spec": {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "'"$1"'"}}}'
}
come_back() {
  kubectl --namespace "$namespace" scale statefulset "$set" --replicas="$count"
  set_when_scaled Delete
}
# Whatever happens now, its pods come back.
trap come_back EXIT
set_when_scaled Retain
kubectl --namespace "$namespace" scale statefulset "$set" --replicas=0
kubectl --namespace "$namespace" wait pods --selector "$pods,flotilla.dev/group=$1" --for=delete --timeout=3m
in_pod "data-$set-$2" group recover "$1" --data-dir /data/member --yes
for i in $members; do kubectl --namespace "$namespace" delete pvc "data-$set-$i" --ignore-not-found; done
come_back
trap - EXIT
kubectl --namespace "$namespace" rollout status statefulset "$set" --timeout=15m
until_well
