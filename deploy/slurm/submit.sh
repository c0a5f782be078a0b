#!/usr/bin/env bash
# Describe a source in an array of jobs, then merge:  deploy/slurm/submit.sh SOURCE OUTPUT SHARDS [OPTION ...]
#
# Options are those of `alttext-local batch`. OUTPUT ends in .jsonl or .parquet, on a file system that all nodes see.
# SBATCH_PARTITION, SBATCH_ACCOUNT and Slurm's other variables count as ever.
set -euo pipefail

if [ $# -lt 3 ]; then
    echo "usage: submit.sh SOURCE OUTPUT SHARDS [OPTION ...]" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
source=$1 output=$2 shards=$3
shift 3
job=$(SHARDS=$shards sbatch --parsable --export=ALL --array="1-$shards" "$here/describe.sh" "$source" "$output" "$@")
merge=$(sbatch --parsable --dependency="afterok:${job%%;*}" "$here/merge.sh" "$output" "$shards")
echo "describing: ${job%%;*}, merging afterwards: ${merge%%;*}"
