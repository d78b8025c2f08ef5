// The threads that may hang in getaddrinfo, and the registry of those that do.
#include "net/lookup.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <thread>
#include <tuple>

#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/signals_blocked.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

class gai_category_type final : public std::error_category {
public:
    const char* name() const noexcept override { return "getaddrinfo"; }
    std::string message(int code) const override { return ::gai_strerror(code); }
};

/// The process is part of the key: a forked child has a copy of the table, but none of its threads.
using lookup_key = std::tuple<pid_t, std::string, std::uint16_t>;

struct registry {
    std::mutex mutex;
    std::map<lookup_key, std::shared_ptr<lookup>> running;
};

/// Never destroyed: a thread may come back from getaddrinfo while the process is already running its exit handlers.
registry& lookups()
{
    static registry& instance = *new registry;
    return instance;
}

lookup_result ask_system(const std::string& host, std::uint16_t port)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV; // no AI_ADDRCONFIG: it finds nothing on a machine that has only its loopback
    addrinfo* found = nullptr;
    lookup_result result;
    const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
    if (code != 0) {
        result.error =
            code == EAI_SYSTEM ? std::error_code(errno, std::system_category()) : std::error_code(code, gai_category());
        return result;
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        asio::ip::tcp::endpoint address;
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6)
            continue;
        if (entry->ai_addrlen > address.capacity())
            continue;
        std::memcpy(address.data(), entry->ai_addr, entry->ai_addrlen);
        address.resize(entry->ai_addrlen);
        result.addresses.push_back(address);
    }
    if (result.addresses.empty())
        result.error = std::error_code(EAI_NONAME, gai_category());
    return result;
}

} // namespace

std::shared_ptr<lookup> lookup::join(const std::string& host, std::uint16_t port)
{
    registry& all = lookups();
    const std::lock_guard lock(all.mutex);
    auto [place, is_new] = all.running.try_emplace(lookup_key(::getpid(), host, port));
    if (!is_new)
        return place->second;
    try {
        auto started = std::make_shared<lookup>();
        place->second = started;
        const faceki::net::signals_blocked quiet; // inherited by the thread
        std::thread([started, host, port] { started->run(host, port); }).detach();
        return started;
    } catch (...) {
        all.running.erase(place);
        throw;
    }
}

void lookup::run(const std::string& host, std::uint16_t port) noexcept
{
    lookup_result result;
    try {
        result = ask_system(host, port);
    } catch (...) {
        result.error = std::make_error_code(std::errc::not_enough_memory);
    }
    {
        // First, so that whoever asks from now on starts a fresh lookup instead of getting a result that ages.
        registry& all = lookups();
        const std::lock_guard lock(all.mutex);
        for (auto entry = all.running.begin(); entry != all.running.end(); ++entry) {
            if (entry->second.get() != this)
                continue;
            all.running.erase(entry);
            break;
        }
    }
    const std::lock_guard lock(mutex_);
    result_ = std::move(result);
    done_ = true;
    // Under the lock, so that unlisten() returns only when no write to its descriptor can follow.
    for (const int event : listeners_)
        ::eventfd_write(event, 1);
    listeners_.clear();
}

void lookup::listen(int event)
{
    const std::lock_guard lock(mutex_);
    if (done_)
        ::eventfd_write(event, 1);
    else
        listeners_.push_back(event);
}

void lookup::unlisten(int event) noexcept
{
    const std::lock_guard lock(mutex_);
    std::erase(listeners_, event);
}

bool lookup::done() const
{
    const std::lock_guard lock(mutex_);
    return done_;
}

const std::error_category& gai_category() noexcept
{
    static const gai_category_type instance;
    return instance;
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
