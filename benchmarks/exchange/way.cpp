// Reading the clocks, and judging replies.
#include "exchange/way.hpp"

#include <algorithm>
#include <ctime>

#include "harness/side_by_side.hpp"

namespace faceki::bench {
namespace {

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

} // namespace

std::string token_endpoint::request_body()
{
    return std::string(R"({"clientId":")")
        .append(client_id)
        .append(R"(","clientSecret":")")
        .append(client_secret)
        .append(R"("})");
}

stopwatch::stopwatch(const token_endpoint& endpoint, connections how, int exchanges, reads what)
    : endpoint_(endpoint), how_(how), exchanges_(exchanges), what_(what)
{
    us_.reserve(static_cast<std::size_t>(exchanges));
}

std::chrono::nanoseconds stopwatch::now() const
{
    timespec t{};
    ::clock_gettime(what_ == reads::cpu_clock ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return std::chrono::seconds{t.tv_sec} + std::chrono::nanoseconds{t.tv_nsec};
}

void stopwatch::begin()
{
    begun_ = now();
}

void stopwatch::end(std::string_view reply)
{
    const std::chrono::duration<double, std::micro> took = now() - begun_;
    ++done_;
    const bool is_new = contains(reply, endpoint_.token_of_new_session);
    const bool is_resumed = contains(reply, endpoint_.token_of_resumed_session);
    require(is_new || is_resumed, "the token");
    if (done_ == 0)
        return;
    require(is_resumed == (how_ == connections::resumed), "whether the session was resumed");
    us_.push_back(took.count());
}

double stopwatch::median_us()
{
    const auto middle = us_.begin() + static_cast<std::ptrdiff_t>(us_.size() / 2);
    std::nth_element(us_.begin(), middle, us_.end());
    return *middle;
}

} // namespace faceki::bench
