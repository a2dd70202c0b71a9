#!/bin/bash
# Installs the official conformance suite of the protocol, and the Node it needs, from npm: pinned, under
# ${BELLHOP_CONFORMANCE:-~/.cache/bellhop-conformance}.
set -euo pipefail
home=${BELLHOP_CONFORMANCE:-$HOME/.cache/bellhop-conformance}
mkdir -p "$home"
cd "$home"
[ -f package.json ] || echo '{"private":true}' >package.json
npm install --no-fund --no-audit --silent --save-exact node@22.23.3 @modelcontextprotocol/conformance@0.2.0-alpha.12
