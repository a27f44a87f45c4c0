#!/usr/bin/env bash
# Back to what a release was: the revision before, or the one that is named (helm history).
#   docs/operations/roll-back.sh [REVISION]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

helm rollback "$release" "${1:-0}" --namespace "$namespace" --wait --timeout 15m
until_well
