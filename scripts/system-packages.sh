#!/usr/bin/env bash
# Installs the system programs that the suite starts for real: a JRE (Spark), Chromium (pages), git.
# Where it may not install, it names what is missing; the tests that need it then fail by name.
set -u

wanted=()
need() { command -v "$1" >/dev/null 2>&1 || wanted+=("$2"); }
need git git
need java default-jre-headless
need chromium chromium
need npm npm

[ ${#wanted[@]} -eq 0 ] && exit 0
echo "system packages that are missing: ${wanted[*]}" >&2

runner=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    runner=(sudo -n)
  else
    echo "NOT INSTALLED (no root here): ${wanted[*]}; the tests that need them will fail by name" >&2
    exit 0
  fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "NOT INSTALLED (no apt-get here): ${wanted[*]}; the tests that need them will fail by name" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
"${runner[@]}" apt-get update -qq || true
if ! "${runner[@]}" apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null; then
  echo "NOT INSTALLED (apt-get failed): ${wanted[*]}; the tests that need them will fail by name" >&2
fi
exit 0
