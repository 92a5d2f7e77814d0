#!/bin/sh
set -e
export PREPARED=yes
mkdir -p /var/lib/entry
exec "$@"
