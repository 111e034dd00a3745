/* Writes a classic BPF program that refuses the calls which Flatpak refuses, for bwrap --seccomp: so that the peer bears a filter of the same size as ours. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static const unsigned short refused[] = {
    SYS_syslog, SYS_acct, SYS_quotactl, SYS_add_key, SYS_keyctl, SYS_request_key, SYS_move_pages, SYS_mbind, SYS_get_mempolicy, SYS_set_mempolicy,
    SYS_migrate_pages, SYS_unshare, SYS_setns, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_open_tree, SYS_move_mount, SYS_fsopen,
    SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_perf_event_open, SYS_personality, SYS_ptrace,
#ifdef SYS_uselib
    SYS_uselib, SYS_modify_ldt,
#endif
};

#define COUNT (sizeof refused / sizeof *refused)

int main(void) {
#if defined(__x86_64__)
    const unsigned arch = AUDIT_ARCH_X86_64;
#else
    const unsigned arch = AUDIT_ARCH_AARCH64;
#endif
    struct sock_filter program[COUNT + 8] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arch, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    };
    for (unsigned i = 0; i < COUNT; i++)
        program[4 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refused[i], (unsigned char)(COUNT - i + 2), 0);
    /* glibc takes the older call only where clone3 does not exist at all */
    program[COUNT + 4] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1);
    program[COUNT + 5] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
    program[COUNT + 6] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    program[COUNT + 7] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    return write(1, program, sizeof program) == sizeof program ? 0 : 1;
}
