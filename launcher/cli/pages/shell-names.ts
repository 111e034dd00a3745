// The POSIX shell functions by which all three completions find ids and instances: by the names of files, without starting anything of tsbox's. Pure.

/** `prefix` of each function's name. INVARIANT: only what can be an id is answered: bash expands what it is given to choose from, commands in it too. */
export function nameFunctions(prefix: string): string {
  return `${prefix}_name() { case $1 in *[!A-Za-z0-9._-]*) ;; *) printf '%s\\n' "$1" ;; esac; }
${prefix}_apps() {
  local folder file
  local data=\${XDG_DATA_HOME:-$HOME/.local/share}
  local program; program=$(readlink -f -- "$(command -v tsbox)" 2>/dev/null)
  local IFS=:
  for folder in "$data" \${XDG_DATA_DIRS:-/usr/local/share:/usr/share}; do
    for file in "$folder"/tsbox/manifests/*.ini; do [ -e "$file" ] && file=\${file##*/} && ${prefix}_name "\${file%.ini}"; done
  done
  for file in "\${program%/*}"/../manifests/*.ini; do [ -e "$file" ] && file=\${file##*/} && ${prefix}_name "\${file%.ini}"; done
  for folder in "\${FLATPAK_USER_DIR:-$data/flatpak}" "\${FLATPAK_SYSTEM_DIR:-/var/lib/flatpak}"; do
    for file in "$folder"/app/*/current; do [ -e "$file" ] && file=\${file%/current} && ${prefix}_name "\${file##*/}"; done
  done
  for file in "$HOME"/.var/app/*--*; do [ -e "$file" ] && ${prefix}_name "\${file##*/}"; done
}
${prefix}_instances() {
  local file
  for file in "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"/.flatpak/[0-9]*/pid; do [ -e "$file" ] && file=\${file%/pid} && ${prefix}_name "\${file##*/}"; done
  ${prefix}_apps
}
`;
}
