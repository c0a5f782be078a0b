#!/usr/bin/env bash
#SBATCH --job-name=alttext
#SBATCH --array=1-16
#SBATCH --gres=gpu:1
#SBATCH --cpus-per-task=8
#SBATCH --mem=32G
#SBATCH --time=24:00:00
#SBATCH --signal=TERM@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=alttext-%A_%a.log
# One shard of a batch run for each task of the array:  sbatch deploy/slurm/describe.sh SOURCE OUTPUT [OPTION ...]
#
# SHARDS     into how many parts the source is cut (default: the array's size; say it to run single tasks again)
# ALTTEXT    the program (default alttext-local)
#
# Killed, out of time or requeued, a task goes on where it was. Exit code 3, some images failed, is no failure of the
# task: their rows say why.
set -uo pipefail

if [ $# -lt 2 ]; then
    echo "usage: sbatch describe.sh SOURCE OUTPUT [OPTION ...]" >&2
    exit 2
fi
source=$1 output=$2
shift 2
shards=${SHARDS:-${SLURM_ARRAY_TASK_COUNT:?this is no task of an array}}
export ALTTEXT_DATA_DIR=${ALTTEXT_DATA_DIR:-$output.data/${SLURM_ARRAY_TASK_ID:?}}

# Slurm tells the batch shell alone: hand it on, and wait for what is in hand. The shell may be told before it has a
# child, and while it waits: then the child's own code is not there yet, or it is kept for the next `wait`.
child='' told=''
trap 'told=yes; [ -z "$child" ] || kill -TERM "$child" 2>/dev/null' TERM
"${ALTTEXT:-alttext-local}" batch "$source" -o "$output" --shard "$SLURM_ARRAY_TASK_ID/$shards" --progress json --every 60 "$@" &
child=$!
[ -z "$told" ] || kill -TERM "$child" 2>/dev/null
while
    told=''
    wait "$child"
    code=$?
    [ -n "$told" ]
do :; done
case $code in
    0 | 3) exit 0 ;;
    130) # stopped before its end: back into the queue, where there is one
        if command -v scontrol >/dev/null; then scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; fi
        exit 130 ;;
    *) exit "$code" ;;
esac
