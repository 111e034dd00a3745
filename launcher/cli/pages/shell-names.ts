// The POSIX shell functions by which all three completions find ids and instances: by the names of files, without starting anything of tsbox's. Pure.

/** `prefix` of each function's name. */
export function nameFunctions(prefix: string): string {
  return `${prefix}_apps() {
  local folder file
  local data=\${XDG_DATA_HOME:-$HOME/.local/share}
  local program; program=$(readlink -f -- "$(command -v tsbox)" 2>/dev/null)
  local IFS=:
  for folder in "$data" \${XDG_DATA_DIRS:-/usr/local/share:/usr/share}; do
    for file in "$folder"/tsbox/manifests/*.ini; do [ -e "$file" ] && file=\${file##*/} && printf '%s\\n' "\${file%.ini}"; done
  done
  for file in "\${program%/*}"/../manifests/*.ini; do [ -e "$file" ] && file=\${file##*/} && printf '%s\\n' "\${file%.ini}"; done
  for folder in "\${FLATPAK_USER_DIR:-$data/flatpak}" "\${FLATPAK_SYSTEM_DIR:-/var/lib/flatpak}"; do
    for file in "$folder"/app/*/current; do [ -e "$file" ] && file=\${file%/current} && printf '%s\\n' "\${file##*/}"; done
  done
  for file in "$HOME"/.var/app/*--*; do [ -e "$file" ] && printf '%s\\n' "\${file##*/}"; done
}
${prefix}_instances() {
  local file
  for file in "\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}"/.flatpak/[0-9]*/pid; do [ -e "$file" ] && file=\${file%/pid} && printf '%s\\n' "\${file##*/}"; done
  ${prefix}_apps
}
`;
}
