#!/bin/sh
# In the folder $1: a tiny runtime and app, run and built on; prints what they say. busybox is all that is inside.
set -eu
cd "$1"
export FLATPAK_USER_DIR="$PWD/user" DBUS_SYSTEM_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS"
mkdir -p rt/files/bin rt/files/lib rt/files/etc app/files/bin app/export
cp /bin/busybox rt/files/bin/
for name in sh id cat ls grep sleep; do ln -s busybox "rt/files/bin/$name"; done
runtime='runtime=org.example.Platform/x86_64/1\nsdk=org.example.Platform/x86_64/1\n'
printf "[Runtime]\nname=org.example.Platform\n$runtime" >rt/metadata
printf "[Application]\nname=org.example.Hello\n${runtime}command=hello\n" >app/metadata
# Pid 1 may not have executed init yet when it is asked for its name.
printf '#!/bin/sh\nuntil grep -q tsbox-init /proc/1/comm; do sleep 0.01; done\necho "hello from $FLATPAK_ID below $(cat /proc/1/comm)"\necho saved >"$XDG_DATA_HOME/file" && cat "$XDG_DATA_HOME/file"\n' >app/files/bin/hello
chmod +x app/files/bin/hello
{
  flatpak build-export --no-update-summary --files=files repo rt 1
  flatpak build-export --no-update-summary repo app 1
  flatpak build-update-repo repo
  flatpak --user remote-add --no-gpg-verify --if-not-exists bed "file://$PWD/repo"
  flatpak --user install -y --noninteractive bed org.example.Hello
} >/dev/null
flatpak --user run org.example.Hello
status=0
flatpak --user run --command=sh org.example.Hello -c 'exit 7' || status=$?
echo "status $status"
flatpak build-init built org.example.New org.example.Platform org.example.Platform 1
flatpak build built sh -c 'until grep -q tsbox-init /proc/1/comm; do sleep 0.01; done; echo "built below $(cat /proc/1/comm)" >/app/result'
cat built/files/result
