// The queue of a seeded_context, and who is next in it.
#include <faceki/testing/seeded_context.hpp>

#include <stdexcept>

namespace faceki::testing {
namespace {

/// Says which thread runs the context, for as long as it does.
class running_here {
public:
    explicit running_here(std::atomic<std::thread::id>& runner) : runner_(runner)
    {
        std::thread::id nobody;
        if (!runner_.compare_exchange_strong(nobody, std::this_thread::get_id()))
            throw std::logic_error("seeded_context: run called by a handler, or in two threads at once");
    }
    ~running_here() { runner_.store({}); }
    running_here(const running_here&) = delete;
    running_here& operator=(const running_here&) = delete;

private:
    std::atomic<std::thread::id>& runner_;
};

} // namespace

seeded_context::~seeded_context()
{
    // Asio's order: the services drop what waits in them while posting to this context is still allowed, which the
    // unwinding of a suspended coroutine makes use of. The base class finds nothing left to do.
    shutdown();
    drop_all();
    destroy();
    drop_all();
}

bool seeded_context::run_one()
{
    const running_here guard(runner_);
    std::unique_ptr<handler> next = take();
    if (!next)
        return false;
    handler& called = *next;
    called.run(std::move(next));
    if (thrown_)
        std::rethrow_exception(std::exchange(thrown_, nullptr));
    return true;
}

std::size_t seeded_context::run()
{
    std::size_t count = 0;
    while (run_one())
        ++count;
    return count;
}

std::size_t seeded_context::ready() const
{
    const std::scoped_lock lock(mutex_);
    return ready_.size() - first_;
}

void seeded_context::push(std::unique_ptr<handler> ready)
{
    const std::scoped_lock lock(mutex_);
    ready_.push_back(std::move(ready));
}

std::unique_ptr<seeded_context::handler> seeded_context::take()
{
    const std::scoped_lock lock(mutex_);
    if (ready_.size() == first_)
        return nullptr;
    std::unique_ptr<handler> next;
    if (fifo_) {
        next = std::move(ready_[first_++]);
        constexpr std::size_t tidy_at = 64;
        if (first_ == ready_.size() || (first_ >= tidy_at && first_ >= ready_.size() / 2)) {
            ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
        return next;
    }
    // Scaling the upper half of the number: without a division, and even enough for any queue that fits into memory.
    const std::size_t chosen = ready_.size() == 1 ? 0 : ((random() >> 32) * ready_.size()) >> 32;
    next = std::exchange(ready_[chosen], nullptr);
    std::swap(ready_[chosen], ready_.back());
    ready_.pop_back();
    return next;
}

/// SplitMix64: the same numbers with every standard library.
std::uint64_t seeded_context::random() noexcept
{
    std::uint64_t z = random_state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31);
}

void seeded_context::drop_all()
{
    while (take()) {
        // Destroyed here, outside the lock: a coroutine's end may post.
    }
}

} // namespace faceki::testing
