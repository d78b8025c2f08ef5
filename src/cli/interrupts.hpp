// SIGINT and SIGTERM as something to wait for, instead of a sudden end.
#pragma once

#include <csignal>

namespace faceki::cli {

/// While one lives, both signals are kept until somebody takes them: none is lost, however early it comes. They count
/// even where the caller had them ignored, as shells do for background jobs: the system never ignores what is blocked.
///
/// Make it before the first other thread is started: threads inherit what is blocked. One at a time.
class interrupts {
public:
    /// Throws std::system_error.
    interrupts();
    ~interrupts(); ///< as it was before; what has come by now is forgotten
    interrupts(const interrupts&) = delete;
    interrupts& operator=(const interrupts&) = delete;

    /// Readable when a signal has come.
    int descriptor() const noexcept { return descriptor_; }
    /// Its number; 0 = none has come.
    int take() noexcept;

private:
    int descriptor_ = -1;
    sigset_t mask_before_{};
};

/// "SIGINT", "SIGTERM".
const char* name_of_signal(int number) noexcept;

} // namespace faceki::cli
