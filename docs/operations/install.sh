#!/usr/bin/env bash
# Installs a release. Over volumes and a Secret that an uninstall has left, it goes on with what they hold.
#   docs/operations/install.sh [--values FILE] [--set NAME=VALUE] …
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

helm install "$release" "$chart" --namespace "$namespace" --create-namespace --wait --timeout 5m "$@"
until_well
