#!/bin/sh
# Sees to it that the tests' browser is there: the system's Chromium, installed when we may.
set -eu

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q chromium || { apt-get update -q && apt-get install -y -q chromium; }
else
    echo "Testerna behöver en webbläsare: kör apt-get install chromium som root" >&2
    exit 1
fi
