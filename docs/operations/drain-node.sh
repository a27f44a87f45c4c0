#!/usr/bin/env bash
# Takes everything off a node, lets a command do what has to be done there, and takes the node back.
#   docs/operations/drain-node.sh NODE [COMMAND …]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
[[ $# -ge 1 ]] || { echo "usage: $0 NODE [COMMAND …]" >&2; exit 2; }

kubectl drain "$1" --ignore-daemonsets --delete-emptydir-data --timeout=10m
(($# == 1)) || "${@:2}"
kubectl uncordon "$1"
kubectl --namespace "$namespace" wait pods --selector "$pods" --for=condition=Ready --timeout=10m
until_well
