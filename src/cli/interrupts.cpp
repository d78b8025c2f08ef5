// signalfd: the signals are blocked everywhere and read like bytes. Linux only.
#include "cli/interrupts.hpp"

#include <cerrno>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace faceki::cli {
namespace {

sigset_t both() noexcept
{
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGTERM);
    return set;
}

} // namespace

interrupts::interrupts()
{
    const sigset_t wanted = both();
    descriptor_ = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0)
        throw std::system_error(errno, std::system_category(), "signalfd");
    ::pthread_sigmask(SIG_BLOCK, &wanted, &mask_before_);
}

interrupts::~interrupts()
{
    while (take() != 0) {
    }
    ::pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
    ::close(descriptor_);
}

int interrupts::take() noexcept
{
    signalfd_siginfo info{};
    return ::read(descriptor_, &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

const char* name_of_signal(int number) noexcept
{
    return number == SIGINT ? "SIGINT" : "SIGTERM";
}

} // namespace faceki::cli
