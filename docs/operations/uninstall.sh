#!/usr/bin/env bash
# Ends a release. Its volumes (unless persistentVolumeClaimRetention.whenDeleted is Delete) and its Secret stay: install.sh goes on with them,
# delete-data.sh deletes them.
#   docs/operations/uninstall.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

helm uninstall "$release" --namespace "$namespace" --wait --timeout 3m
kubectl --namespace "$namespace" wait pods --selector "$pods" --for=delete --timeout=3m
kubectl --namespace "$namespace" get pvc,secret --selector "app.kubernetes.io/instance=$release"
