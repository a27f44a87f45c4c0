#!/usr/bin/env bash
# Deletes what an uninstalled release has left: all of its data, and the Secret that its members know each other by.
#   docs/operations/delete-data.sh RELEASE     (named once more, so that it is the one that is meant)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
[[ ${1:-} == "$release" ]] || { echo "usage: $0 $release (deletes the data of $release in $namespace for good)" >&2; exit 2; }

if helm status "$release" --namespace "$namespace" >/dev/null 2>&1; then
  echo "$release is installed: docs/operations/uninstall.sh first" >&2
  exit 1
fi
kubectl --namespace "$namespace" delete pvc,secret --selector "app.kubernetes.io/instance=$release"
