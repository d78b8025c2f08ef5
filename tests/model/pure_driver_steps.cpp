// What a step of a schedule means.
#include <cmath>

#include <faceki/error.hpp>

#include "model/pure_driver.hpp"

namespace faceki::model {
namespace {

/// Between the two, and as likely in each power of two.
duration log_uniform(duration least, duration most, std::uint32_t value)
{
    const double part = static_cast<double>(value) / 0x1p32;
    return duration{static_cast<duration::rep>(
        static_cast<double>(least.count()) *
        std::pow(static_cast<double>(most.count()) / static_cast<double>(least.count()), part))};
}

constexpr duration shortest_moment{1};
constexpr duration longest_moment = std::chrono::seconds{20};
constexpr duration shortest_suspend = std::chrono::minutes{1};
constexpr duration longest_suspend = std::chrono::hours{30};
constexpr duration shortest_limit = std::chrono::milliseconds{1};
constexpr duration longest_limit = std::chrono::seconds{30};
constexpr duration shortest_life = std::chrono::milliseconds{1};
constexpr duration longest_life = std::chrono::hours{2};

} // namespace

bool pure_driver::take(const pure_step& step)
{
    value_ = step.value;
    const bool happened = [&] {
        const std::uint32_t v = step.value;
        switch (step.what) {
        case pure_event::call:
            return call({});
        case pure_event::call_with_limit:
            return call(now_ + log_uniform(shortest_limit, longest_limit, v));
        case pure_event::cancel:
            return cancel(v);
        case pure_event::peek:
            return peek();
        case pure_event::invalidate_current:
            return current_ != 0 && invalidate(current_, false);
        case pure_event::invalidate_if_renewable:
            return current_ != 0 && invalidate(current_, true);
        case pure_event::invalidate_old:
            return tokens_ != 0 && !(tokens_ == 1 && current_ == 1) &&
                   invalidate(current_ == tokens_ ? tokens_ - 1 : tokens_, false);
        case pure_event::renew_early:
            return renew_early();
        case pure_event::set_credentials:
            return set_credentials();
        case pure_event::keep_fresh:
            return keep_fresh(true);
        case pure_event::keep_fresh_no_more:
            return keep_fresh(false);
        case pure_event::close:
            return close();
        case pure_event::send:
            return send();
        case pure_event::receive:
            return receive();
        case pure_event::grant:
            return grant(log_uniform(shortest_life, longest_life, v) + told_.safety_margin);
        case pure_event::grant_dead:
            return grant_dead(v);
        case pure_event::not_sent:
            return fail(errc::connect_failed, failure_kind::not_sent, 0, {});
        case pure_event::no_answer:
            return fail(errc::connection_lost, failure_kind::sent_no_answer, 0, {});
        case pure_event::server_error:
            return fail(errc::server_error, failure_kind::answered, 503, {});
        case pure_event::retry_after:
            return fail(errc::rate_limited, failure_kind::answered, 429,
                        log_uniform(std::chrono::seconds{1}, std::chrono::hours{3}, v));
        case pure_event::malformed:
            return fail(errc::malformed_token, failure_kind::answered, 200, {});
        case pure_event::rejected:
            return fail(errc::credentials_rejected, failure_kind::answered, 401, {});
        case pure_event::next_attempt:
            return next_attempt();
        case pure_event::older_token:
            return older_token();
        case pure_event::older_failure:
            return older_failure();
        case pure_event::a_moment:
            return pass(log_uniform(shortest_moment, longest_moment, v));
        case pure_event::to_an_instant:
            return to_an_instant(v);
        case pure_event::suspend:
            return pass(log_uniform(shortest_suspend, longest_suspend, v));
        case pure_event::wall_jump:
            return wall_jump(v);
        case pure_event::alarm:
            return alarm();
        case pure_event::quiet_alarm:
            return quiet_alarm();
        case pure_event::limits_end:
            return limits_end();
        case pure_event::settle:
            return settle();
        }
        return false;
    }();
    if (happened) {
        check(account_.standing(machine_, now_, wanted()));
        if (!waiting_.empty())
            check(account_.waiting_ends(machine_, now_));
    }
    return happened;
}

} // namespace faceki::model
