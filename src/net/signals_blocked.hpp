// For starting a thread the program does not know of: its signal handlers must not run there.
#pragma once

#include <csignal>
#include <pthread.h>

namespace faceki::net {

/// Blocks every signal in this thread as long as it lives; a thread started meanwhile inherits that.
class signals_blocked {
public:
    signals_blocked() noexcept
    {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t before_{};
};

} // namespace faceki::net
