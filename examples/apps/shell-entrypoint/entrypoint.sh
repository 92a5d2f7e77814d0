#!/bin/bash
set -euo pipefail
: "${REPORT_NAME:=daily}"
export REPORT_NAME
exec "$@"
