#!/usr/bin/env bash
# What the procedures beside this file share; to type one line by line, begin with: source docs/operations/environment.sh
#   RELEASE=flotilla NAMESPACE=default   which release (these, if they are not set)
#   CHART=charts/flotilla                which chart: that of the version that is installed next
#   CLUSTER_DOMAIN=cluster.local         where Kubernetes keeps the names of services
set -euo pipefail

release=${RELEASE:-flotilla}
namespace=${NAMESPACE:-default}
chart=${CHART:-$(dirname "${BASH_SOURCE[0]}")/../../charts/flotilla}
# Helm's usual name: the release's, and the chart's behind it unless that is in it already.
fullname=$release
[[ $release == *flotilla* ]] || fullname=$release-flotilla
secret=$fullname-tokens
# Behind the names of services: names in full, which need no list of where else to look.
domain=$namespace.svc.${CLUSTER_DOMAIN:-cluster.local}
# Pods that serve; not those of hooks and tests, which have ended.
pods="app.kubernetes.io/instance=$release,app.kubernetes.io/component in (replica, controller, coordinator, worker)"

# The command line as a pod of the release, with the administrator's token: flotilla status
flotilla() {
  in_pod "" "$@" --endpoint "http://$fullname.$domain:7400"
}

# How it stands, once every group serves, or after a minute or two: pods that have just started may not answer yet.
until_well() {
  local attempt said
  for attempt in 1 2 3 4 5; do
    if said=$(flotilla status); then break; fi
    sleep 5
    ((attempt < 5)) || { echo "$said" >&2; return 1; }
  done
  echo "$said"
}

# The command line with a volume claim at /data, and nobody to speak to: in_pod CLAIM group recover …
in_pod() {
  local claim=$1 pod=flotilla-cli-$RANDOM image code mounts="" volumes=""
  shift
  if [[ -n $claim ]]; then
    mounts='{"name": "data", "mountPath": "/data"}'
    volumes='{"name": "data", "persistentVolumeClaim": {"claimName": "'"$claim"'"}}'
  fi
  image=$(kubectl --namespace "$namespace" get statefulset "$fullname-replica-1" --output 'jsonpath={.spec.template.spec.containers[0].image}')
  kubectl --namespace "$namespace" run "$pod" --quiet --restart=Never --image="${image/flotilla-replica/flotilla-cli}" \
    --labels="app.kubernetes.io/name=flotilla,app.kubernetes.io/instance=$release,app.kubernetes.io/component=tool" \
    --override-type=strategic --overrides='{"spec": {
      "enableServiceLinks": false, "automountServiceAccountToken": false,
      "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
      "containers": [{
        "name": "'"$pod"'",
        "env": [{"name": "FLOTILLA_TOKEN", "valueFrom": {"secretKeyRef": {"name": "'"$secret"'", "key": "admin"}}}],
        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": ['"$mounts"']
      }],
      "volumes": ['"$volumes"']
    }}' -- "$@" >/dev/null
  kubectl --namespace "$namespace" wait "pod/$pod" --for='jsonpath={.status.containerStatuses[0].state.terminated.reason}' --timeout=15m >/dev/null
  kubectl --namespace "$namespace" logs "$pod"
  code=$(kubectl --namespace "$namespace" get pod "$pod" --output 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}')
  kubectl --namespace "$namespace" delete pod "$pod" --wait=false >/dev/null
  return "$code"
}
