// Names of capabilities, and giving them up.
#include "capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const NAMES[] = {
  "chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
  "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin",
  "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap", "mac_override",
  "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

uint64_t capability_bit(const char *name) {
  if (strcasecmp(name, "ALL") == 0) return UINT64_MAX;
  if (strncasecmp(name, "CAP_", 4) != 0) return 0;
  for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
    if (strcasecmp(name + 4, NAMES[i]) == 0) return (uint64_t)1 << i;
  return 0;
}

bool capabilities_effective(uint64_t *set) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2] = {{0}};
  if (syscall(SYS_capget, &header, data) != 0) return false;
  *set = (uint64_t)data[1].effective << 32 | data[0].effective;
  return true;
}

bool capabilities_bound(uint64_t kept, const char **what) {
  *what = "bounding";
  for (unsigned long each = 0; each < 64; each++) {
    if ((kept >> each & 1) != 0 || prctl(PR_CAPBSET_DROP, each, 0, 0, 0) == 0) continue;
    if (errno == EINVAL) break; // above the kernel's last one
    // Who may not drop it had better not have it.
    if (errno != EPERM || prctl(PR_CAPBSET_READ, each, 0, 0, 0) != 0) return false;
  }
  return true;
}

bool capabilities_limit(uint64_t kept, const char **what) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct now[2] = {{0}};
  *what = "capget";
  if (kept != 0 && syscall(SYS_capget, &header, now) != 0) return false;
  kept &= (uint64_t)now[1].permitted << 32 | now[0].permitted;
  const struct __user_cap_data_struct low = {.effective = (uint32_t)kept, .permitted = (uint32_t)kept, .inheritable = (uint32_t)kept};
  const uint32_t high_bits = (uint32_t)(kept >> 32);
  const struct __user_cap_data_struct data[2] = {low, {.effective = high_bits, .permitted = high_bits, .inheritable = high_bits}};
  *what = "ambient";
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  *what = "capset";
  if (syscall(SYS_capset, &header, data) != 0) return false;
  *what = "ambient";
  for (unsigned long each = 0; kept != 0 && each < 64; each++) {
    if ((kept >> each & 1) == 0 || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, each, 0, 0) == 0) continue;
    if (errno != EINVAL && errno != EPERM) return false;
  }
  return true;
}

bool capabilities_give_up(const char **what) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct none[2] = {{0}};
  *what = "ambient";
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  *what = "capset";
  return syscall(SYS_capset, &header, none) == 0;
}
