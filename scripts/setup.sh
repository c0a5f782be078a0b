#!/usr/bin/env bash
# Make the virtual environment and see that the programs outside Python are there.
#
#   setup.sh VENV                  everything
#   setup.sh --programs-only VENV  only look for the programs (a second start takes seconds)
#
# PYTHON      the interpreter to build on (default python3)
# TORCH_INDEX a package index with CPU builds of torch; default the one of the PyTorch project, used only
#             where no NVIDIA GPU is seen, the machine is Linux, and the index can be reached
set -euo pipefail
cd "$(dirname "$0")/.."

TORCH=torch==2.13.0
PYTHON=${PYTHON:-python3}
TORCH_INDEX=${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}

say() { printf '%s\n' "$*" >&2; }

apt_install() {
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y -q "$@" >/dev/null 2>&1 || { apt-get update -q >/dev/null 2>&1 && apt-get install -y -q "$@" >/dev/null; }
    elif sudo -n true 2>/dev/null && command -v apt-get >/dev/null; then
        sudo -n apt-get install -y -q "$@" >/dev/null 2>&1 || { sudo -n apt-get update -q >/dev/null && sudo -n apt-get install -y -q "$@" >/dev/null; }
    else
        return 1
    fi
}

find_tesseract() {
    command -v tesseract >/dev/null && return
    say "Tesseract is not installed; installing it ..."
    apt_install tesseract-ocr tesseract-ocr-eng && command -v tesseract >/dev/null && return
    say "Tesseract (OCR) is needed and could not be installed from here. Install it and start again:"
    if command -v brew >/dev/null; then say "    brew install tesseract"
    elif command -v dnf >/dev/null; then say "    sudo dnf install tesseract"
    else say "    sudo apt-get install tesseract-ocr"; fi
    exit 69
}

find_exiftool() {
    command -v exiftool >/dev/null && return
    say "exiftool is not installed; installing it ..."
    apt_install libimage-exiftool-perl && command -v exiftool >/dev/null && return
    say "exiftool could not be installed from here. Only texts written into image files need it (and the tests):"
    if command -v brew >/dev/null; then say "    brew install exiftool"
    elif command -v dnf >/dev/null; then say "    sudo dnf install perl-Image-ExifTool"
    else say "    sudo apt-get install libimage-exiftool-perl"; fi
}

# What the tests need beside what the product needs: without them the server runs, and the tests say what is missing.
find_tracer() {
    if command -v strace >/dev/null && command -v ip >/dev/null && command -v unshare >/dev/null; then return; fi
    if [ "$(uname -s)" != Linux ]; then return; fi
    say "strace is not installed; installing it for the tests ..."
    apt_install strace iproute2 util-linux || say "strace, ip and unshare could not be installed: the test that nothing goes out will fail."
}

find_systemd_analyze() {
    if command -v systemd-analyze >/dev/null || [ "$(uname -s)" != Linux ]; then return; fi
    say "systemd-analyze is not installed; installing systemd for the tests (it is not started) ..."
    apt_install systemd || say "systemd could not be installed: the tests of its units will fail."
}

# The program alone, unpacked beside the tests' Python: the package would start a server on port 80.
find_nginx() {
    local venv=$1 folder
    if command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || [ -x "$venv/bin/nginx" ]; then return; fi
    if ! command -v apt-get >/dev/null; then say "nginx is not installed: the tests of the proxy will fail."; return; fi
    say "nginx is not installed; unpacking it for the tests ..."
    folder=$(mktemp -d)
    if (cd "$folder" && { apt-get download -q nginx >/dev/null 2>&1 || { apt-get update -q && apt-get download -q nginx; } >/dev/null 2>&1; } \
        && dpkg-deb -x nginx_*.deb .); then
        install -m 755 "$folder/usr/sbin/nginx" "$venv/bin/nginx"
    else
        say "nginx could not be had from here: the tests of the proxy will fail."
    fi
    rm -rf "$folder"
}

gpu_is_there() { command -v nvidia-smi >/dev/null && nvidia-smi -L >/dev/null 2>&1; }

index_answers() {
    "$1" - "$TORCH_INDEX" <<'PROBE' 2>/dev/null
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/torch/", timeout=5)
PROBE
}

install_torch() {
    local python=$1
    "$python" -c 'import torch' 2>/dev/null && return
    if [ "$(uname -s)" = Linux ] && ! gpu_is_there && index_answers "$python"; then
        "$python" -m pip install -q "$TORCH" --index-url "$TORCH_INDEX"
    else
        "$python" -m pip install -q "$TORCH"
    fi
}

make_environment() {
    local venv=$1 python=$1/bin/python
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11, 6))' || { say "Python 3.11.6 or newer is needed; set PYTHON=..."; exit 78; }
    [ -x "$python" ] || "$PYTHON" -m venv "$venv"
    say "Installing the packages (some minutes the first time) ..."
    install_torch "$python"
    "$python" -m pip install -q -c requirements.lock -e '.[dev]'
    "$python" -m pip install -q -c requirements.lock tesserocr 2>/dev/null || say "tesserocr has no build for this machine: Tesseract runs as a program (slower)."
}

only=
if [ "${1:-}" = --programs-only ]; then
    only=yes
    shift
fi
find_tesseract
find_exiftool
find_tracer
find_systemd_analyze
[ -n "$only" ] || make_environment "${1:-.venv}"
find_nginx "${1:-.venv}"
