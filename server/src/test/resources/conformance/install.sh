#!/bin/bash
# Installs the official conformance suite of the protocol, two clients that are no agents, and the Node they need, from npm:
# pinned, under ${BELLHOP_CONFORMANCE:-~/.cache/bellhop-conformance}.
set -euo pipefail
home=${BELLHOP_CONFORMANCE:-$HOME/.cache/bellhop-conformance}
mkdir -p "$home"
cd "$home"
[ -f package.json ] || echo '{"private":true}' >package.json
npm install --no-fund --no-audit --silent --save-exact node@22.23.3 @modelcontextprotocol/conformance@0.2.0-alpha.12 \
    @modelcontextprotocol/client@2.4.0 @modelcontextprotocol/inspector@2.12.0
