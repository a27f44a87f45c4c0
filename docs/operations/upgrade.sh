#!/usr/bin/env bash
# Changes a release: more or fewer groups or replicas, other settings, or (with another chart in CHART) another version.
#   docs/operations/upgrade.sh --set groups=3
#   docs/operations/upgrade.sh --set replicas=5
#   CHART=../newer/charts/flotilla docs/operations/upgrade.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

# The hook refuses for the same reasons, with fewer words, unless it is told not to: hooks.force mends what is down.
flotilla status || { code=$?; ((code != not_started)) || exit "$code"; }
# What was set stays set, and what is new in the chart has the chart's value.
helm upgrade "$release" "$chart" --namespace "$namespace" --reset-then-reuse-values --wait --timeout 15m "$@"
until_well
helm history "$release" --namespace "$namespace" --max 5
