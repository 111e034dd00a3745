// The one table of texts in C. Form: what was tried: what the system answered; then what to do.
#include "messages.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES 4096

struct text {
  const char *key;
  const char *text;
  const char *hint;
};

static const struct text TEXTS[] = {
  {"front.already-inside", "starting an app: already inside the sandbox of {0}", "start it from outside this sandbox"},
  {"front.sudo", "starting an app: `{0}` belongs to another user", "run it as that user, without sudo or su"},
  {"front.runtime-dir-strange", "using the runtime directory `{0}`: {1}", "set XDG_RUNTIME_DIR to a directory of your own with mode 0700, or unset it"},
  {"front.install", "finding the files of this installation beside `{0}`", "install tsbox again, or run `npm run build` in its folder"},
  {"front.node-gone", "starting `{0}`, the node that tsbox was built with", "run `npm rebuild tsbox` (with -g for a global installation)"},
  {"front.broker-start", "starting the broker: {0}", "its output is in `{1}`"},
  {"front.broker-socket", "making the broker's socket in `{0}`", NULL},
  {"front.broker-connect", "connecting to the broker in `{0}`", NULL},
  {"front.broker-foreign", "connecting to the broker in `{0}`: it runs as another user", "remove that directory if nobody else should have made it"},
  {"front.broker-elsewhere", "connecting to the broker in `{0}`: what listens there runs in other namespaces than this program, as in a sandbox or container, or has ended",
    "where you are inside one, start it from outside; else something confined may write to that directory, and waits for you there"},
  {"front.broker-silent", "waiting for the broker: no answer within {0} s", "end the process that holds its socket, and try again"},
  {"front.broker-lost", "asking the broker: it went away {0}", "try again; its output is in `{1}`"},
  {"front.broker-protocol", "reading the broker's answer", "install tsbox again: its parts are of different versions"},
  {"front.wayland-context", "making a Wayland socket of the app's own ({0})", "the app runs without Wayland; its compositor's log may say more"},
  {"front.x11-server", "starting `{0}`, the X server of the app's own", "the app runs without X11; it is not given the host's"},
  {"front.request", "describing this start to the broker: {0}", NULL},
  {"sandbox.attach", "mounting at `{0}`", NULL},
  {"sandbox.borrowed-rights", "starting: this program is installed setuid, or was given capabilities", "install it without: it makes its own user namespace"},
  {"sandbox.capabilities", "dropping privileges ({0})", NULL},
  {"sandbox.chdir", "entering the working directory `{0}` inside", NULL},
  {"sandbox.chmod", "changing the mode of `{0}` inside", NULL},
  {"sandbox.clone-tree", "cloning the mounts of `{0}`", NULL},
  {"sandbox.close-range", "closing descriptors that nobody named", "tsbox needs Linux 5.12 or newer"},
  {"sandbox.connector", "preparing the connection to the buses ({0})", NULL},
  {"sandbox.descriptors", "raising the limit of open files", "see `ulimit -Hn`"},
  {"sandbox.destination", "making a place for `{0}` inside", NULL},
  {"sandbox.dev", "making /dev inside ({0})", NULL},
  {"sandbox.devpts", "mounting devpts inside", NULL},
  {"sandbox.directory", "making the directory `{0}` inside", NULL},
  {"sandbox.disable-userns", "closing nested user namespaces", NULL},
  {"sandbox.exec", "running `{0}` inside", NULL},
  {"sandbox.file", "writing the file `{0}` inside", NULL},
  {"sandbox.filter", "installing the system-call filter", NULL},
  {"sandbox.fork", "starting the app's process", NULL},
  {"sandbox.gid-map", "mapping the group ({0})", NULL},
  {"sandbox.hostname", "setting the host name `{0}` inside", NULL},
  {"sandbox.inform", "telling the caller about the sandbox ({0})", NULL},
  {"sandbox.init-binary", "opening the installed program `{0}`", "it was replaced while it ran: try again"},
  {"sandbox.init-exec", "running init inside ({0})", NULL},
  {"sandbox.init-lost", "building the sandbox: its first process was ended from outside", NULL},
  {"sandbox.instance", "writing the instance's files: `{0}`", NULL},
  {"sandbox.join", "entering a namespace that exists ({0})", NULL},
  {"sandbox.keep-fd", "keeping descriptor {0} of the caller", NULL},
  {"sandbox.kernel-too-old", "calling the kernel for `{0}`", "tsbox needs Linux 5.12 or newer, with its mount calls allowed by the container around it"},
  {"sandbox.label", "`{0}`: labels are not supported here", NULL},
  {"sandbox.landlock-scope", "closing the host's abstract sockets with Landlock", "scopes need Linux 6.12 with Landlock on"},
  {"sandbox.landlock-path", "allowing `{0}` to the app with Landlock", "try again: something was moved while the app was being started"},
  {"sandbox.listen", "listening at `{0}` inside", NULL},
  {"sandbox.lock-file", "locking `{0}` inside", NULL},
  {"sandbox.loopback", "bringing up the loopback interface inside", NULL},
  {"sandbox.memory", "reserving memory", NULL},
  {"sandbox.mount-namespace", "making the mounts private", NULL},
  {"sandbox.mqueue", "mounting the message queues at `{0}` inside", NULL},
  {"sandbox.namespaces", "making the namespaces of the sandbox", "this machine refuses them: see `tsbox doctor`"},
  {"sandbox.new-root", "changing to the new root ({0})", "a process whose root is not a mount point (chroot) cannot do this"},
  {"sandbox.new-session", "starting a new session inside", NULL},
  {"sandbox.overlay", "mounting an overlay at `{0}` inside", "overlays of an ordinary user need Linux 5.11 or newer, and layers that do not overlap"},
  {"sandbox.plan-data", "reading data of the plan ({0})", NULL},
  {"sandbox.plan-frame", "reading the plan ({0})", "install tsbox again: its parts are of different versions"},
  {"sandbox.plan-word", "reading the plan's word `{0}`", NULL},
  {"sandbox.plan-words", "reading the options: {0}", NULL},
  {"sandbox.proc", "mounting /proc inside ({0})", "a container that covers parts of /proc does not allow a new one"},
  {"sandbox.remount", "making `{0}` read-only inside", NULL},
  {"sandbox.second-user-namespace", "making the app's user namespace", NULL},
  {"sandbox.source", "opening `{0}`", NULL},
  {"sandbox.source-changed", "opening `{0}`: it was replaced since the plan was made", "try again"},
  {"sandbox.symlink", "making the link `{0}` inside", NULL},
  {"sandbox.sysfs", "mounting /sys inside", NULL},
  {"sandbox.tmpfs", "mounting a tmpfs at `{0}` inside", NULL},
  {"sandbox.tree-attributes", "restricting the mounts of `{0}`", NULL},
  {"sandbox.userns-apparmor", "making the sandbox's user namespace: AppArmor refuses them to programs without a profile (kernel.apparmor_restrict_unprivileged_userns=1)",
   "as root, install tsbox at /usr/libexec/tsbox and its profile (native/apparmor/tsbox says how)"},
  {"sandbox.userns-filter", "making the sandbox's user namespace: a system-call filter around this process refuses it",
   "start the container around it with a filter that allows user namespaces (docker and podman: `--security-opt seccomp=FILE`, systemd: no RestrictNamespaces=)"},
  {"sandbox.userns-limit", "making the sandbox's user namespace: none may be made here (user.max_user_namespaces=0)",
   "as root: `sysctl -w user.max_user_namespaces=15000`; a line in /etc/sysctl.d/ makes it last"},
  {"sandbox.userns-sysctl", "making the sandbox's user namespace: ordinary users may not (kernel.unprivileged_userns_clone=0)",
   "as root: `sysctl -w kernel.unprivileged_userns_clone=1`; a line in /etc/sysctl.d/ makes it last"},
  {"sandbox.uid-map", "mapping the user ({0})", "this machine may allow user namespaces only to chosen programs: see `tsbox doctor`"},
};

struct line {
  char bytes[LINE_BYTES];
  size_t length;
};

static void put(struct line *line, const char *text, size_t length) {
  const size_t room = sizeof line->bytes - line->length - 1;
  if (length > room) length = room;
  memcpy(line->bytes + line->length, text, length);
  line->length += length;
}

// Length of a character that must not reach a terminal as it is (control, or changing the direction of text), 0 if it may.
static size_t dangerous(const unsigned char *at) {
  if (*at < 0x20 || *at == 0x7f) return 1;
  if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) return 2;
  if (at[0] == 0xd8 && at[1] == 0x9c) return 2;
  if (at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0x8e || at[2] == 0x8f || (at[2] >= 0xa8 && at[2] <= 0xae))) return 3;
  if (at[0] == 0xe2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9) return 3;
  return 0;
}

static void put_escaped(struct line *line, const char *value) {
  for (const unsigned char *at = (const unsigned char *)value; *at != '\0';) {
    const size_t length = dangerous(at);
    char escaped[8];
    for (size_t i = 0; i < length; i++) {
      snprintf(escaped, sizeof escaped, "\\x%02x", at[i]);
      put(line, escaped, 4);
    }
    if (length == 0) put(line, (const char *)at, 1);
    at += length == 0 ? 1 : length;
  }
}

static void put_text(struct line *line, const char *text, const char *const values[2]) {
  for (; *text != '\0'; text++) {
    if (text[0] == '{' && (text[1] == '0' || text[1] == '1') && text[2] == '}') {
      put_escaped(line, values[text[1] - '0']);
      text += 2;
    } else {
      put(line, text, 1);
    }
  }
}

static void print(const char *prefix, const char *key, const char *const values[2], int error, bool with_hint) {
  struct line line = {.length = 0};
  const char *hint = NULL;
  put(&line, prefix, strlen(prefix));
  size_t at = 0;
  while (at < sizeof TEXTS / sizeof TEXTS[0] && strcmp(TEXTS[at].key, key) != 0) at++;
  if (at < sizeof TEXTS / sizeof TEXTS[0]) {
    put_text(&line, TEXTS[at].text, values);
    hint = TEXTS[at].hint;
  } else {
    put_escaped(&line, key);
  }
  if (error != 0) {
    const char *answer = strerror(error);
    put(&line, ": ", 2);
    put(&line, answer, strlen(answer));
  }
  put(&line, "\n", 1);
  if (hint != NULL && with_hint) {
    put(&line, "hint: ", 6);
    put_text(&line, hint, values);
    put(&line, "\n", 1);
  }
  (void)!write(STDERR_FILENO, line.bytes, line.length);
}

void message_print(const char *key, const char *first, const char *second, int error) {
  const char *const values[2] = {first == NULL ? "" : first, second == NULL ? "" : second};
  print("tsbox: ", key, values, error, true);
}

void message_print_failure(const struct failure *failure) {
  char key[64];
  snprintf(key, sizeof key, "sandbox.%s", failure->stage);
  message_print(key, failure->detail, NULL, failure->error);
}

void message_print_line(const char *prefix, const struct failure *failure) {
  const char *const values[2] = {failure->detail, ""};
  char key[64];
  snprintf(key, sizeof key, "sandbox.%s", failure->stage);
  print(prefix, key, values, failure->error, false);
}
