#!/bin/bash
set -euo pipefail
file=/data/report.json
[ -s "$file" ] || echo '{"name":"'"$REPORT_NAME"'","rows":3}' > "$file"
jq -r '"\(.name): \(.rows) rows"' "$file"
