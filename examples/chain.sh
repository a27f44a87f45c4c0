#!/bin/sh
# Two jobs, the second one over what the first one wrote: count, then the top 100. Further flags go to both of them.
#   examples/chain.sh INPUT OUTPUT [--local]
set -eu
[ $# -ge 2 ] || { echo "usage: $0 INPUT OUTPUT [flags of flotilla job run]" >&2; exit 2; }
input=$1
output=$2
shift 2
here=$(dirname "$0")
flotilla=${FLOTILLA:-npx flotilla}
$flotilla job run "$here/word-count.ts" "$input" --to "$output/counts" "$@"
$flotilla job run "$here/top-100.ts" "$output/counts" --to "$output/top" --input-format keyValue --reduces 1 "$@"
