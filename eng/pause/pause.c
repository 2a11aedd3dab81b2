/* The first process of every pod: it holds the pod's namespaces open, reaps processes that are left to it, and ends on SIGTERM or SIGINT.
   Freestanding, so that it is a kilobyte and needs nothing of the image that it runs in. */

#if defined(__x86_64__)
enum { SYS_wait4 = 61, SYS_exit_group = 231, SYS_rt_sigprocmask = 14, SYS_rt_sigtimedwait = 128 };
static long call(long n, long a, long b, long c, long d)
{
    long result;
    register long r10 __asm__("r10") = d;
    __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10) : "rcx", "r11", "memory");
    return result;
}
#elif defined(__aarch64__)
enum { SYS_wait4 = 260, SYS_exit_group = 94, SYS_rt_sigprocmask = 135, SYS_rt_sigtimedwait = 137 };
static long call(long n, long a, long b, long c, long d)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
    return x0;
}
#else
#error "unknown architecture"
#endif

enum { SIGINT = 2, SIGTERM = 15, SIGCHLD = 17, SIG_BLOCK = 0, WNOHANG = 1 };

void _start(void)
{
    /* Blocked signals are waited for, so no handler and no return trampoline is needed. */
    unsigned long wanted = (1ul << (SIGINT - 1)) | (1ul << (SIGTERM - 1)) | (1ul << (SIGCHLD - 1));
    call(SYS_rt_sigprocmask, SIG_BLOCK, (long)&wanted, 0, sizeof wanted);
    for (;;) {
        long signal = call(SYS_rt_sigtimedwait, (long)&wanted, 0, 0, sizeof wanted);
        if (signal == SIGCHLD)
            while (call(SYS_wait4, -1, 0, WNOHANG, 0) > 0)
                ;
        else if (signal == SIGINT || signal == SIGTERM)
            call(SYS_exit_group, 0, 0, 0, 0);
    }
}
