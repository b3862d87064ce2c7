# Sourced by the scripts beside it: finds the toolchain, installs what is missing, says so first.
# Plain sh; needs nothing but the Swift toolchain and, where something is missing, apt-get.

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 2; }

root=$(cd "$(dirname "$0")/.." && pwd) || exit 2
install=yes

# need_command COMMAND PACKAGE / need_header HEADER PACKAGE: notes PACKAGE where it is missing.
missing=""
need_command() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need_header() {
  for folder in /usr/include /usr/local/include /usr/include/*-linux-gnu; do
    [ -e "$folder/$1" ] && return
  done
  missing="$missing $2"
}

install_missing() {
  [ -n "$missing" ] || return 0
  [ "$install" = yes ] || die "missing Debian packages:$missing (left out because of --no-install; apt-get install$missing)"
  command -v apt-get >/dev/null 2>&1 || die "missing packages:$missing, and there is no apt-get to install them with"
  say "installing Debian packages:$missing"
  as_root=""
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || die "run as root, or install by hand: apt-get install$missing"
    as_root=sudo
  fi
  # shellcheck disable=SC2086 # a list of words
  {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 ||
      { $as_root apt-get update -qq >/dev/null &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; }
  } || die "apt-get could not install:$missing"
  missing=""
}

# What only pictures need: tried, and left out with a word where it cannot be had.
install_optional() {
  need_header png.h libpng-dev
  need_header jpeglib.h libjpeg62-turbo-dev
  [ -n "$missing" ] || return 0
  if [ "$install" = yes ]; then
    (install_missing) || say "going on without:$missing (pictures cannot be read or written)"
  else
    say "going on without:$missing (pictures cannot be read or written)"
  fi
  missing=""
}

# What `compare report` draws with, installed where a report is asked for.
install_gnuplot() {
  command -v gnuplot >/dev/null 2>&1 && return 0
  missing=gnuplot-nox
  if [ "$install" = yes ]; then
    (install_missing) || say "going on without gnuplot (reports have tables, but no pictures)"
  else
    say "going on without gnuplot-nox (reports have tables, but no pictures)"
  fi
  missing=""
}

# What every build needs.
setup() {
  command -v swift >/dev/null 2>&1 ||
    die "no Swift toolchain: install Swift 6.2 or later from swift.org and put swift on the PATH"
  need_header fftw3.h libfftw3-dev
  need_command pkg-config pkg-config
  install_missing
  install_optional
  cd "$root" || exit 2
}
