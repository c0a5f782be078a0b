#!/usr/bin/env bash
# Describe a source on a Ray cluster:  deploy/ray/submit.sh ADDRESS SOURCE OUTPUT ACTORS [OPTION ...]
#
# ADDRESS is that of the cluster's job server, such as http://127.0.0.1:8265. Source, output, models and `alttext-local`
# are where all nodes see them. The same command goes on with a run that was stopped or killed.
set -euo pipefail

if [ $# -lt 4 ]; then
    echo "usage: submit.sh ADDRESS SOURCE OUTPUT ACTORS [OPTION ...]" >&2
    exit 2
fi
address=$1 source=$2 output=$3 actors=$4
shift 4
export RAY_USAGE_STATS_ENABLED=0
exec "${RAY:-ray}" job submit --address "$address" --no-wait -- \
    "${ALTTEXT:-alttext-local}" batch "$source" -o "$output" --progress json \
    --engine ray --address auto --actors "$actors" --actor-gpus "${GPUS:-1}" --actor-cpus "${CPUS:-4}" "$@"
