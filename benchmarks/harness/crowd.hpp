// N coroutines with bound cancellation slots that wait for something, so that joining and waking can be timed without
// their start and their end.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <faceki/detail/asio.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include "harness/side_by_side.hpp"
#include "references/handle_list.hpp"

namespace faceki::bench {

/// Coroutines on one io_context, which the calling thread runs. `Room` is what they wait for:
/// `asio::awaitable<void> caller(crowd_gates&, std::size_t& served)` joins between the two gates, and counts right
/// answers.
struct crowd_gates {
    handle_list entry;
    handle_list exit;
};

template <class Room>
class crowd {
public:
    /// They all stand at the entry when this returns.
    crowd(asio::io_context& io, Room& room, std::size_t size)
        : io_(io), size_(size), signals_(std::make_unique<asio::cancellation_signal[]>(size))
    {
        for (std::size_t n = 0; n < size; ++n)
            asio::co_spawn(io_, room.caller(gates_, served_),
                           asio::bind_cancellation_slot(signals_[n].slot(), asio::detached));
        run_ready();
        require(gates_.entry.size() == size, "all stand at the entry");
    }

    /// They all wait when this returns.
    void join()
    {
        asio::post(io_, [this] { gates_.entry.wake(); });
        run_ready();
        require(served_ == 0 && gates_.entry.size() == 0, "all have come in, and none is served yet");
    }

    /// After the waking: they all have their answer when this returns.
    void be_served()
    {
        while (served_ < size_)
            run_ready();
        require(served_ == size_ && gates_.exit.size() == size_, "each is served once");
    }

    void leave()
    {
        asio::post(io_, [this] { gates_.exit.wake(); });
        run_ready();
        require(gates_.exit.size() == 0, "all have left");
    }

    std::size_t served() const noexcept { return served_; }

private:
    void run_ready()
    {
        io_.restart();
        io_.poll();
    }

    asio::io_context& io_;
    const std::size_t size_;
    const std::unique_ptr<asio::cancellation_signal[]> signals_;
    crowd_gates gates_;
    std::size_t served_ = 0;
};

} // namespace faceki::bench
