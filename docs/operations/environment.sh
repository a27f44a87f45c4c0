#!/usr/bin/env bash
# What the procedures beside this file share; to type one line by line, begin with: source docs/operations/environment.sh
#   RELEASE=flotilla NAMESPACE=default   which release (these, if they are not set)
#   CHART=charts/flotilla                which chart: that of the version that is installed next
# shellcheck disable=SC2034 # Much of this is for those that read it.
set -euo pipefail

release=${RELEASE:-flotilla}
namespace=${NAMESPACE:-default}
chart=${CHART:-$(dirname "${BASH_SOURCE[0]}")/../../charts/flotilla}
# Pods that serve; not those of hooks and tests, which have ended.
pods="app.kubernetes.io/instance=$release,app.kubernetes.io/component in (replica, controller, coordinator, worker)"
# How in_pod ends where the command line never ran, and asking again is of no use.
not_started=125

# What is installed says how things are called, which Secret has the tokens, and how pods get their images and nodes: values may have changed
# each of them. Whatever uses $fullname, $secret or in_pod calls this first.
find_release() {
  local fields template said line found
  fields=(
    .metadata.name
    '.spec.selector.matchLabels.app\.kubernetes\.io/name'
    '.spec.template.spec.containers[0].env[?(@.name=="FLOTILLA_ADMIN_TOKEN")].valueFrom.secretKeyRef.name'
    '.spec.template.spec.containers[0].env[?(@.name=="FLOTILLA_CONTROLLERS")].value'
    '.spec.template.spec.containers[0].image'
    '.spec.template.spec.containers[0].imagePullPolicy'
    .spec.template.spec.imagePullSecrets
    .spec.template.spec.nodeSelector
    .spec.template.spec.affinity
    .spec.template.spec.tolerations
  )
  printf -v template '{%s}{"\\n"}' "${fields[@]}"
  said=$(kubectl --namespace "$namespace" get statefulset --output "jsonpath={range .items[*]}$template{end}" \
    --selector "app.kubernetes.io/instance=$release,app.kubernetes.io/component=replica") || return
  [[ -n $said ]] || { echo "no release $release in namespace $namespace has replicas" >&2; return 1; }
  # Of the first group. What a set does not have is an empty line.
  found=()
  while IFS= read -r line; do found+=("$line"); done <<<"$said"
  fullname=${found[0]%-replica-*} app=${found[1]} secret=${found[2]}
  # At their HTTP ports. Replicas don't know of those, so whoever needs the controllers is told, as the chart's hooks are.
  controllers=http://${found[3]//:7401/:7400} controllers=${controllers//,/,http://}
  # Behind the names of services: names in full, which need no list of where else to look.
  domain=${found[3]%%:*} domain=${domain#*.*.}
  cli_image=$(find_cli_image "${found[4]}") || return
  place='"imagePullSecrets": '${found[6]:-null}', "nodeSelector": '${found[7]:-null}', "affinity": '${found[8]:-null}', "tolerations": '${found[9]:-null}
  pull_policy=${found[5]}
}

# The hooks run the command line. Where there are none its image is called as the replica's, but for a digest, of which each has its own.
find_cli_image() {
  local hooks values image digest version=${1##*flotilla-replica}
  hooks=$(helm get hooks "$release" --namespace "$namespace") || return
  image=$(awk '$1 == "image:" && $2 ~ /flotilla-cli[:@]/ { image = $2 } END { print image }' <<<"$hooks")
  [[ -z $image ]] || { echo "$image"; return; }
  values=$(helm get values "$release" --namespace "$namespace" --all) || return
  digest=$(awk '$1 == "cli:" { print $2 }' <<<"$values")
  [[ -z $digest ]] || version=@$digest
  [[ $version != @* || -n $digest ]] || { echo "which image has the command line? Set image.digests.cli beside replica, or hooks.enabled" >&2; return 1; }
  echo "${1%flotilla-replica*}flotilla-cli$version"
}

# Whether the chart made the Secret with the tokens, or somebody else keeps it (auth.existingSecret).
secret_is_own() {
  [[ $(kubectl --namespace "$namespace" get secret "$secret" --output 'jsonpath={.metadata.annotations.meta\.helm\.sh/release-name}') == "$release" ]]
}

# The command line as a pod of the release, with the administrator's token: flotilla status
flotilla() {
  find_release || return "$not_started"
  in_pod "" "$@" --endpoint "$controllers,http://$fullname.$domain:7400"
}

# How it stands, once every group serves, or after a minute or two: pods that have just started may not answer yet.
until_well() {
  local attempt said code
  for attempt in 1 2 3 4 5; do
    if said=$(flotilla status); then echo "$said"; return; else code=$?; fi
    ((code != not_started && attempt < 5)) || break
    sleep 5
  done
  echo "$said" >&2
  return "$code"
}

# The command line with a volume claim at /data, and nobody to speak to: in_pod CLAIM group recover …
in_pod() (
  claim=$1 pod=flotilla-cli-$RANDOM mounts="" volumes=""
  shift
  if [[ -n $claim ]]; then
    mounts='{"name": "data", "mountPath": "/data"}'
    volumes='{"name": "data", "persistentVolumeClaim": {"claimName": "'"$claim"'"}}'
  fi
  # However this ends.
  trap 'kubectl --namespace "$namespace" delete pod "$pod" --ignore-not-found --wait=false >/dev/null' EXIT
  kubectl --namespace "$namespace" run "$pod" --quiet --restart=Never --image="$cli_image" --image-pull-policy="$pull_policy" \
    --labels="app.kubernetes.io/name=$app,app.kubernetes.io/instance=$release,app.kubernetes.io/component=tool" \
    --override-type=strategic --overrides='{"spec": {
      "enableServiceLinks": false, "automountServiceAccountToken": false, '"$place"',
      "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "fsGroup": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
      "containers": [{
        "name": "'"$pod"'",
        "env": [{"name": "FLOTILLA_TOKEN", "valueFrom": {"secretKeyRef": {"name": "'"$secret"'", "key": "admin"}}}],
        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
        "volumeMounts": ['"$mounts"']
      }],
      "volumes": ['"$volumes"']
    }}' -- "$@" >/dev/null || exit "$not_started"
  # A container has an id once it has begun. An image or a Secret that is not there, or a node that nobody has, is not waited for.
  kubectl --namespace "$namespace" wait "pod/$pod" --for='jsonpath={.status.containerStatuses[0].containerID}' --timeout=2m >/dev/null || {
    echo "the command line can't start in pod $pod, of image $cli_image with Secret $secret:" >&2
    kubectl --namespace "$namespace" get pod "$pod" >&2 --output \
      'jsonpath={.status.message}{.status.conditions[?(@.type=="PodScheduled")].message}{.status.containerStatuses[*].state.waiting.message}{"\n"}'
    exit "$not_started"
  }
  kubectl --namespace "$namespace" wait "pod/$pod" --for='jsonpath={.status.containerStatuses[0].state.terminated.reason}' --timeout=15m >/dev/null || exit
  kubectl --namespace "$namespace" logs "$pod"
  code=$(kubectl --namespace "$namespace" get pod "$pod" --output 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}')
  exit "${code:-1}"
)
