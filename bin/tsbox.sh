#!/bin/sh
# Stands in for `tsbox` (and `tsbox-bwrap`) until the build has made the real one and put it here.
here=$(dirname "$(readlink -f "$0")")
root=$(dirname "$here")
echo "tsbox: not built yet: its install script did not run, or failed" >&2
for program in cc c++ make python3; do
  command -v "$program" >/dev/null 2>&1 || echo "tsbox: \`$program\` is missing (Debian: apt install build-essential python3)" >&2
done
echo "to build: node '$root/native/build.mjs'" >&2
case $0 in *bwrap) exit 1 ;; esac
exit 125
