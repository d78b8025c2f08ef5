// The HTTPS token source: one attempt per call, over the kept connection where it still lives. A warm-up makes one in
// advance.
#include "net/https_source.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/connector.hpp"
#include "net/https_exchange.hpp"
#include "net/source_setup.hpp"
#include "net/spare_connection.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

class https_source final : public token_source, public std::enable_shared_from_this<https_source> {
public:
    https_source(const client_config& config, std::shared_ptr<clock> time)
        : limits_(config.limits), time_(std::move(time)), log_(config.log, config.log_level),
          terms_(make_terms(config)), connector_(make_route(config)), spare_(*time_, limits_.max_connection_idle, log_)
    {
    }

    asio::awaitable<grant_result> request_token(grant_request& request) override
    {
        return run(shared_from_this(), request);
    }

    asio::awaitable<std::error_code> warm_up(boot_clock::time_point deadline) override
    {
        return get_ready(shared_from_this(), deadline);
    }

    void check(const credentials& value) const override { check_credentials(value, terms_.place); }

    void close() noexcept override;

private:
    /// An attempt that close() can reach.
    class listed_attempt {
    public:
        listed_attempt(https_source& owner, std::unique_ptr<connection> uses)
            : owner_(owner), current_(*owner.time_, std::move(uses), owner.log_)
        {
            owner_.running_.push_back(&current_);
        }
        ~listed_attempt() { std::erase(owner_.running_, &current_); }
        listed_attempt(const listed_attempt&) = delete;
        listed_attempt& operator=(const listed_attempt&) = delete;
        attempt& operator*() noexcept { return current_; }

    private:
        https_source& owner_;
        attempt current_;
    };

    /// Until when an attempt has time for what it does next, and the words that say what set this limit.
    struct time_limit {
        boot_clock::time_point at;
        const char* words;
    };
    time_limit connect_limit(boot_clock::time_point deadline, const char* of_whom) const noexcept;
    time_limit exchange_limit(boot_clock::time_point deadline) const noexcept;

    // Static, with `self` in the frame: the source lives as long as its coroutines.
    static asio::awaitable<grant_result> run(std::shared_ptr<https_source> self, grant_request& request);
    static asio::awaitable<std::error_code> get_ready(std::shared_ptr<https_source> self,
                                                      boot_clock::time_point deadline);

    asio::awaitable<std::error_code> connect(attempt& current, time_limit limit, diagnostics& details);
    asio::awaitable<std::error_code> wait_for_warm_up(time_limit limit, diagnostics& details);
    static grant_result granted(https_exchange& exchange, const diagnostics& details);
    /// The attempt was stopped, or its coroutine cancelled.
    static std::error_code explain_stop(attempt& current, time_limit limit, diagnostics& details);
    static std::error_code explain_refusal(std::error_code code, diagnostics& details);

    void keep_if_useful(attempt& current, https_exchange& exchange, bool failed) noexcept;

    const faceki::limits limits_;
    const std::shared_ptr<clock> time_;
    const exchange_log log_;
    const exchange_terms terms_;
    const connector connector_;

    // Touched on the strand only.
    std::vector<attempt*> running_; ///< more than one only while an abandoned attempt has not ended yet
    spare_connection spare_;
    bool closed_ = false;
};

/// Not later than a year: so that adding a limit to an instant cannot overflow.
boot_clock::time_point after(boot_clock::time_point now, std::chrono::milliseconds span)
{
    return now +
           std::clamp<std::chrono::milliseconds>(span, std::chrono::milliseconds{0}, std::chrono::hours{24 * 365});
}

https_source::time_limit https_source::connect_limit(boot_clock::time_point deadline,
                                                     const char* of_whom) const noexcept
{
    const auto own = after(time_->now(), limits_.connect_timeout);
    return own < deadline ? time_limit{own, " within limits.connect_timeout"} : time_limit{deadline, of_whom};
}

https_source::time_limit https_source::exchange_limit(boot_clock::time_point deadline) const noexcept
{
    const auto own = after(time_->now(), limits_.attempt_timeout);
    return own < deadline ? time_limit{own, " within limits.attempt_timeout"}
                          : time_limit{deadline, " before the flight's deadline"};
}

asio::awaitable<grant_result> https_source::run(std::shared_ptr<https_source> self, grant_request& request)
{
    diagnostics details;
    details.attempt = 1;
    details.kind = failure_kind::not_sent;
    std::error_code code;
    try {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        const time_limit to_connect = self->connect_limit(request.deadline(), " before the flight's deadline");
        boot_clock::duration waited{};
        if (self->spare_.being_made()) {
            const auto started = self->time_->now();
            code = co_await self->wait_for_warm_up(to_connect, details);
            waited = self->time_->now() - started;
        }
        if (!code) {
            std::unique_ptr<connection> uses = self->spare_.take();
            const bool fresh = !uses;
            if (fresh)
                uses = std::make_unique<connection>(*self->time_, executor);
            listed_attempt listed(*self, std::move(uses));
            attempt& current = *listed;
            if (fresh)
                code = co_await self->connect(current, to_connect, details);
            details.phases.connect += waited;
            if (!code) {
                const time_limit to_answer = self->exchange_limit(request.deadline());
                current.limit(to_answer.at);
                https_exchange exchange(current, self->terms_, request);
                code = co_await exchange.run(details);
                self->keep_if_useful(current, exchange, static_cast<bool>(code));
                if (!code)
                    co_return granted(exchange, details);
                if (code == asio::error::operation_aborted)
                    code = explain_stop(current, to_answer, details);
            }
        }
    } catch (const std::system_error& e) {
        // A cancellation met between two waits, or something the system refused: a descriptor, a thread, a timer.
        code = explain_refusal(e.code(), details);
    } catch (const std::bad_alloc&) {
        code = std::make_error_code(std::errc::not_enough_memory);
        details.message = "out of memory";
    }
    self->log_.failed(details.message);
    co_return grant_result::failed(code, std::move(details));
}

asio::awaitable<std::error_code> https_source::get_ready(std::shared_ptr<https_source> self,
                                                         boot_clock::time_point deadline)
{
    diagnostics details;
    details.kind = failure_kind::not_sent;
    std::error_code code;
    try {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        const auto started = self->time_->now();
        const time_limit limit = self->connect_limit(deadline, " before the warm-up's deadline");
        if (self->closed_)
            co_return asio::error::operation_aborted;
        if (self->limits_.max_connection_idle <= std::chrono::milliseconds{0}) {
            self->log_.not_made_ready("limits.max_connection_idle is 0");
            co_return std::make_error_code(std::errc::operation_not_supported);
        }
        if (self->spare_.being_made())
            code = co_await self->wait_for_warm_up(limit, details);
        if (!code && self->spare_.ready())
            co_return code;
        if (!code) {
            self->log_.warming_up();
            self->spare_.drop();
            const spare_connection::maker making(self->spare_); // ends last: who waits finds the connection
            listed_attempt listed(*self, std::make_unique<connection>(*self->time_, executor));
            attempt& current = *listed;
            code = co_await self->connect(current, limit, details);
            if (!code) {
                self->spare_.keep(current.release_connection());
                self->log_.made_ready(self->time_->now() - started);
                co_return code;
            }
        }
    } catch (const std::system_error& e) {
        code = explain_refusal(e.code(), details);
    } catch (const std::bad_alloc&) {
        code = std::make_error_code(std::errc::not_enough_memory);
        details.message = "out of memory";
    }
    self->log_.not_made_ready(details.message);
    co_return code;
}

asio::awaitable<std::error_code> https_source::connect(attempt& current, time_limit limit, diagnostics& details)
{
    std::error_code code = co_await connector_.connect(current, limit.at, details);
    if (code == asio::error::operation_aborted)
        code = explain_stop(current, limit, details);
    co_return code;
}

/// No error = it has ended, well or not.
asio::awaitable<std::error_code> https_source::wait_for_warm_up(time_limit limit, diagnostics& details)
{
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    // An attempt whose connection is never opened: it brings the limit, and lets close() in.
    listed_attempt listed(*this, std::make_unique<connection>(*time_, executor));
    attempt& waiting = *listed;
    const auto started = waiting.now();
    log_.waiting_for_warm_up();
    waiting.limit(limit.at);
    std::error_code code = co_await spare_.until_made(waiting);
    if (code) {
        details.phases.connect = waiting.now() - started;
        code = explain_stop(waiting, limit, details);
    }
    co_return code;
}

grant_result https_source::granted(https_exchange& exchange, const diagnostics& details)
{
    grant_result result = grant_result::granted(std::move(exchange.reply().token), exchange.reply().expires_in);
    result.diagnostics() = details;
    result.diagnostics().kind = failure_kind::none;
    return result;
}

std::error_code https_source::explain_stop(attempt& current, time_limit limit, diagnostics& details)
{
    if (current.reason() != stop_reason::expired) {
        details.message = current.reason() == stop_reason::closed ? "the client was closed" : "cancelled";
        return asio::error::operation_aborted;
    }
    details.message = std::string("no ") + current.doing + limit.words;
    return errc::timed_out;
}

std::error_code https_source::explain_refusal(std::error_code code, diagnostics& details)
{
    if (code == asio::error::operation_aborted) {
        details.message = "cancelled";
        return code;
    }
    details.cause = as_system_error(code);
    details.message = "the system refused a resource: " + code.message();
    return details.kind == failure_kind::not_sent ? errc::connect_failed : errc::connection_lost;
}

void https_source::keep_if_useful(attempt& current, https_exchange& exchange, bool failed) noexcept
{
    const char* problem = nullptr;
    if (!exchange.reusable())
        problem = "the reply does not allow it, or was not whole";
    else if (closed_)
        problem = "the client is closed";
    else if (limits_.max_connection_idle <= std::chrono::milliseconds{0})
        problem = "limits.max_connection_idle is 0";
    else if (!failed && exchange.reply().expires_in > limits_.max_connection_idle)
        problem = "the token lives longer than limits.max_connection_idle"; // no request will come in time to use it
    if (problem != nullptr) {
        log_.connection_not_kept(problem);
        return;
    }
    spare_.keep(current.release_connection());
    log_.connection_kept();
}

void https_source::close() noexcept
{
    closed_ = true;
    for (attempt* const running : running_)
        running->stop(stop_reason::closed);
    spare_.drop();
}

} // namespace

std::shared_ptr<token_source> make_https_source(const client_config& config, std::shared_ptr<clock> time)
{
    return std::make_shared<https_source>(config, std::move(time));
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
