#!/bin/sh
# Parts of the working directory at a time with GNU parallel, here or on other machines (--sshlogin), then one report:
#   gnu-parallel.sh PARTS OPTIONS_OF_MERGE...
# Kill it and run it again: each part goes on where it was.
set -u
command=${COMMAND:-dfix}
parts=$1
shift
mkdir -p .parts
# What a part exits with is no matter: merge refuses a part that has not ended, and exits as one run would have.
seq "$parts" | parallel "$command --check --quiet --jobs 1 --shard {}/$parts --resume .parts/{}.jsonl 2> /dev/null"
# shellcheck disable=SC2086 # the command may have words
exec $command merge .parts/*.jsonl "$@"
