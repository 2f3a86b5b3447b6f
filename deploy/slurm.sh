#!/usr/bin/env bash
# Trains on all nodes of a Slurm job, one process for each node, with the flags
# that are given:
#
#   sbatch --nodes=2 --gpus-per-node=8 deploy/slurm.sh \
#     --flagfile=configs/ade20k_ccfpse.cfg --batch_size=64 --run_dir=/shared/run
#
# KERAS_BACKEND=jax or tensorflow chooses the backend. Ends with the status of
# `semsynth train`; after 75 (a worker was lost) and 143 (Slurm wants the nodes
# back) the job is queued again and goes on.
#SBATCH --ntasks-per-node=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=TERM@120
set -uo pipefail

port=${SEMSYNTH_PORT:-12345}
mapfile -t hosts < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
addresses=$(printf '"%s",' "${hosts[@]/%/:$port}")
export KERAS_DISTRIBUTION_JOB_ADDRESSES="${hosts[0]}:$port"
export KERAS_DISTRIBUTION_NUM_PROCESSES=${#hosts[@]}
export SEMSYNTH_WORKERS="[${addresses%,}]"

# Each process learns its own number from Slurm.
srun --kill-on-bad-exit=1 bash -c '
  export KERAS_DISTRIBUTION_PROCESS_ID=$SLURM_PROCID
  if [[ ${KERAS_BACKEND:-tensorflow} == tensorflow ]]; then
    export TF_CONFIG="{\"cluster\": {\"worker\": $SEMSYNTH_WORKERS},
      \"task\": {\"type\": \"worker\", \"index\": $SLURM_PROCID}}"
  fi
  exec semsynth train "$@"' semsynth "$@"
status=$?
if [[ $status == 75 || $status == 143 ]]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
