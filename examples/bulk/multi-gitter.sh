#!/bin/sh
# Runs in each clone. With DRY_RUN=true, which multi-gitter --dry-run sets, nothing is written.
exec dfix --write .
