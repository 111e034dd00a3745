#!/bin/sh
# As root: `diverted.sh OURS LAYER UID GID COMMAND...` runs the command, as that user, on a machine where dpkg has diverted /usr/bin/bwrap and OURS has the name. The
# machine is this one with a layer on top, in memory and in a mount namespace of this process alone: whatever ends it, nothing of that is left. Then the
# diversion is undone as an administrator would, and dpkg asked whether the package is whole again.
set -eu
ours=$1 layer=$2 uid=$3 gid=$4
shift 4
users=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t tmpfs layer "$layer"
mkdir "$layer/upper" "$layer/work" "$layer/root"
mount -t overlay -o "lowerdir=/,upperdir=$layer/upper,workdir=$layer/work" machine "$layer/root"
for place in /proc /sys /dev /run /home /tmp /var/tmp; do mount --rbind "$place" "$layer/root$place"; done
cd "$layer/root"
mkdir -p .before
pivot_root . .before
umount -l /.before
cd "$(dirname "$ours")"
dpkg-divert --quiet --local --divert /usr/bin/bwrap.distrib --rename --add /usr/bin/bwrap
cp "$ours" /usr/bin/bwrap
echo "diverted: $(dpkg-divert --truename /usr/bin/bwrap), $(bwrap --version)" >&2
status=0
PATH=$users setpriv --reuid "$uid" --regid "$gid" --init-groups "$@" || status=$?
rm /usr/bin/bwrap
dpkg-divert --quiet --local --rename --remove /usr/bin/bwrap
dpkg --verify bubblewrap
echo "undone: $(dpkg-divert --truename /usr/bin/bwrap), $(bwrap --version)" >&2
exit $status
