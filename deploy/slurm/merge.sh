#!/usr/bin/env bash
#SBATCH --job-name=alttext-merge
#SBATCH --cpus-per-task=1
#SBATCH --mem=4G
#SBATCH --time=02:00:00
#SBATCH --output=alttext-merge-%j.log
# Put the shards of a run together:  sbatch --dependency=afterok:JOB deploy/slurm/merge.sh OUTPUT SHARDS [OPTION ...]
#
# It fails where a shard is missing or was stopped.
set -euo pipefail

if [ $# -lt 2 ]; then
    echo "usage: sbatch --dependency=afterok:JOB merge.sh OUTPUT SHARDS [OPTION ...]" >&2
    exit 2
fi
output=$1 shards=$2
shift 2
stem=${output%.*} ending=${output##*.}
parts=()
for part in "$stem".*-of-"$shards"."$ending"; do
    [ -e "$part" ] && parts+=("$part")
done
if [ ${#parts[@]} -eq 0 ]; then
    echo "There is no part $stem.*-of-$shards.$ending." >&2
    exit 66
fi
exec "${ALTTEXT:-alttext-local}" merge "${parts[@]}" -o "$output" "$@"
