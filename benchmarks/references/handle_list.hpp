// The limit of waking coroutines: each links itself into a list and is resumed by a walk along it. No executor, no
// cancellation, no allocation. Leans on Asio's internals, so on its one version: a reference, nothing to copy.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include <faceki/detail/asio.hpp>

#include <asio/version.hpp>

static_assert(ASIO_VERSION == 102201, "written against the internals of Asio 1.22.1");

namespace faceki::bench {

/// Thread safety: none. Also the gate at which callers stand before and after what is measured.
class handle_list {
    using frame_base = asio::detail::awaitable_frame_base<asio::any_io_executor>;

    class suspended : asio::detail::awaitable_thread<asio::any_io_executor> {
    public:
        explicit suspended(frame_base& frame) : awaitable_thread(std::move(*frame.detach_thread())), frame_(&frame) {}

        void resume()
        {
            frame_->attach_thread(this);
            pump();
        }

    private:
        frame_base* frame_;
    };

public:
    /// In the frame of the coroutine that waits.
    struct place {
        std::optional<suspended> who;
        place* next = nullptr;
    };

    /// `co_await list.wait(p)`: p is used until the coroutine is resumed.
    auto wait(place& p)
    {
        return [this, &p](frame_base* frame) -> asio::detail::awaitable_thread<asio::any_io_executor>* {
            p.who.emplace(*frame);
            p.next = nullptr;
            (last_ ? last_->next : first_) = &p;
            last_ = &p;
            ++size_;
            return nullptr;
        };
    }

    std::size_t size() const noexcept { return size_; }

    /// Resumes all who stand here, in their order.
    void wake()
    {
        last_ = nullptr;
        size_ = 0;
        for (place* p = std::exchange(first_, nullptr); p != nullptr;) {
            place& one = *std::exchange(p, p->next);
            suspended s = std::move(*one.who); // the coroutine may use its place again
            one.who.reset();
            s.resume();
        }
    }

private:
    place* first_ = nullptr;
    place* last_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace faceki::bench
