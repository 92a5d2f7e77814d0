#!/bin/sh
#SBATCH --job-name=dfix
#SBATCH --array=1-8
#SBATCH --cpus-per-task=2
# Eight parts of the folder that is submitted from: sbatch slurm-array.sh
# `auto` reads the variables of the array. Once all have ended: dfix merge part-*.jsonl --report sarif=dfix.sarif
dfix --check --shard auto --resume "part-$SLURM_ARRAY_TASK_ID.jsonl" || test $? -ne 2
