#!/bin/bash
set -e
echo "migrating"
node scripts/migrate.js
echo "commit: $(cat VERSION)"
exec "$@"
