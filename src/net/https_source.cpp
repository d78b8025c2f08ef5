// The HTTPS token source: one attempt per call, over the kept connection where it still lives.
#include "net/https_source.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "net/connector.hpp"
#include "net/https_exchange.hpp"
#include "net/source_setup.hpp"

namespace faceki::inline FACEKI_ASIO_BACKEND {
namespace net {
namespace {

class https_source final : public token_source, public std::enable_shared_from_this<https_source> {
public:
    https_source(const client_config& config, std::shared_ptr<clock> time)
        : limits_(config.limits), time_(std::move(time)), log_(config.log, config.log_level),
          terms_(make_terms(config)), connector_(make_route(config))
    {
    }

    asio::awaitable<grant_result> request_token(grant_request& request) override
    {
        return run(shared_from_this(), request);
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

    static asio::awaitable<grant_result> run(std::shared_ptr<https_source> self, grant_request& request);
    static grant_result granted(https_exchange& exchange, const diagnostics& details);
    /// The attempt was stopped, or its coroutine cancelled. `limit` names the setting that expired; null = it was the
    /// deadline of the flight.
    static std::error_code explain_stop(attempt& current, const char* limit, diagnostics& details);
    static std::error_code explain_refusal(std::error_code code, diagnostics& details);

    std::unique_ptr<connection> take_kept() noexcept;
    void keep_if_useful(attempt& current, https_exchange& exchange, bool failed) noexcept;

    const faceki::limits limits_;
    const std::shared_ptr<clock> time_;
    const exchange_log log_;
    const exchange_terms terms_;
    const connector connector_;

    // Touched on the strand only.
    std::vector<attempt*> running_; ///< more than one only while an abandoned attempt has not ended yet
    std::unique_ptr<connection> kept_;
    boot_clock::time_point kept_since_{};
    bool closed_ = false;
};

/// Not later than a year: so that adding a limit to an instant cannot overflow.
boot_clock::time_point after(boot_clock::time_point now, std::chrono::milliseconds span)
{
    return now +
           std::clamp<std::chrono::milliseconds>(span, std::chrono::milliseconds{0}, std::chrono::hours{24 * 365});
}

asio::awaitable<grant_result> https_source::run(std::shared_ptr<https_source> self, grant_request& request)
{
    diagnostics details;
    details.attempt = 1;
    details.kind = failure_kind::not_sent;
    std::error_code code;
    try {
        const asio::any_io_executor executor = co_await asio::this_coro::executor;
        std::unique_ptr<connection> uses = self->take_kept();
        const bool fresh = !uses;
        if (fresh)
            uses = std::make_unique<connection>(*self->time_, executor);
        listed_attempt listed(*self, std::move(uses));
        attempt& current = *listed;

        if (fresh) {
            const auto limit = after(current.now(), self->limits_.connect_timeout);
            code = co_await self->connector_.connect(current, std::min(limit, request.deadline()), details);
            if (code == asio::error::operation_aborted)
                code = explain_stop(current, limit < request.deadline() ? "limits.connect_timeout" : nullptr, details);
        }
        if (!code) {
            const auto limit = after(current.now(), self->limits_.attempt_timeout);
            current.limit(std::min(limit, request.deadline()));
            https_exchange exchange(current, self->terms_, request);
            code = co_await exchange.run(details);
            self->keep_if_useful(current, exchange, static_cast<bool>(code));
            if (!code)
                co_return granted(exchange, details);
            if (code == asio::error::operation_aborted)
                code = explain_stop(current, limit < request.deadline() ? "limits.attempt_timeout" : nullptr, details);
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

grant_result https_source::granted(https_exchange& exchange, const diagnostics& details)
{
    grant_result result = grant_result::granted(std::move(exchange.reply().token), exchange.reply().expires_in);
    result.diagnostics() = details;
    result.diagnostics().kind = failure_kind::none;
    return result;
}

std::error_code https_source::explain_stop(attempt& current, const char* limit, diagnostics& details)
{
    if (current.reason() != stop_reason::expired) {
        details.message = current.reason() == stop_reason::closed ? "the client was closed" : "cancelled";
        return asio::error::operation_aborted;
    }
    details.message =
        std::string("no ") + current.doing + (limit != nullptr ? " within " : " before the flight's deadline");
    if (limit != nullptr)
        details.message += limit;
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

std::unique_ptr<connection> https_source::take_kept() noexcept
{
    std::unique_ptr<connection> result = std::exchange(kept_, nullptr);
    const auto now = time_->now();
    const char* problem = nullptr;
    if (!result)
        problem = "none is kept";
    else if (now >= after(kept_since_, limits_.max_connection_idle))
        problem = "the kept one was idle for too long";
    else if (!result->stream.idle_and_alive())
        problem = "the peer has closed the kept one, or sent what nobody asked for";
    if (problem == nullptr) {
        log_.connection_reused(now - kept_since_);
        return result;
    }
    log_.connection_is_new(problem);
    return nullptr;
}

/// No alarm closes it after its idle time: a pending timer would keep the user's io.run() from returning. It is looked
/// at when it is wanted again.
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
    kept_since_ = time_->now();
    kept_ = current.release_connection();
    log_.connection_kept();
}

void https_source::close() noexcept
{
    closed_ = true;
    for (attempt* const running : running_)
        running->stop(stop_reason::closed);
    kept_.reset();
}

} // namespace

std::shared_ptr<token_source> make_https_source(const client_config& config, std::shared_ptr<clock> time)
{
    return std::make_shared<https_source>(config, std::move(time));
}

} // namespace net
} // namespace faceki::inline FACEKI_ASIO_BACKEND
