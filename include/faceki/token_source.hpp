// The seam between "when is a token needed" (the refresher) and "how is one got" (HTTPS, a user's own stack, a script).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <faceki/detail/asio.hpp>
#include <faceki/diagnostics.hpp>
#include <faceki/time.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

/// Client id and secret. Wiped when destroyed; has no stream operator on purpose.
class FACEKI_API credentials {
public:
    credentials() = default;
    credentials(std::string client_id, std::string client_secret) noexcept;
    credentials(const credentials&);
    credentials(credentials&&) noexcept;
    credentials& operator=(const credentials&);
    credentials& operator=(credentials&&) noexcept;
    ~credentials();

    std::string_view client_id() const noexcept { return id_; }
    std::string_view client_secret() const noexcept { return secret_; }

private:
    std::string id_;
    std::string secret_;
};

/// What a source gets: one grant is wanted, before a deadline. Owned by the flight; outlives the source's coroutine.
class FACEKI_API grant_request {
public:
    virtual ~grant_request() = default;

    /// The credentials of this flight; they never change during it.
    virtual const faceki::credentials& credentials() const noexcept = 0;

    /// The source must end by then; later it is abandoned and its result dropped.
    virtual boot_clock::time_point deadline() const noexcept = 0;

    /// Call right before the first byte of the request is written: from here on it may be billed, and the token ages.
    virtual void sent() noexcept = 0;

    /// Call right after the last byte of the answer was read: the token's lifetime counts from here.
    /// A source that does not call it is taken to have received its answer when its coroutine ends.
    virtual void received() noexcept = 0;
};

/// What a source gives back.
class FACEKI_API grant_result {
public:
    /// A token: `value` without "Bearer ", `expires_in` counted from its receipt (clamped by the refresher).
    static grant_result granted(std::string value, std::chrono::milliseconds expires_in, phase_times phases = {});
    /// No token. `code` an errc, or operation_aborted after a cancellation.
    static grant_result failed(std::error_code code, faceki::diagnostics details);

    explicit operator bool() const noexcept { return !code_; }
    std::error_code error() const noexcept { return code_; }
    const faceki::diagnostics& diagnostics() const noexcept { return details_; }
    faceki::diagnostics& diagnostics() noexcept { return details_; }
    std::chrono::milliseconds expires_in() const noexcept { return expires_in_; }
    std::string_view value() const noexcept { return value_; }

    grant_result(grant_result&&) noexcept;
    grant_result& operator=(grant_result&&) noexcept;
    ~grant_result(); ///< wipes the token's characters

private:
    grant_result() = default;

    std::string value_;
    std::chrono::milliseconds expires_in_{};
    std::error_code code_;
    faceki::diagnostics details_;
};

/// Gets tokens. The refresher calls request_token() for one flight at a time, on its own strand.
///
/// One flight at a time: but after a source ignored its cancellation, the next call may come before the earlier one has
/// ended. Cancellation: the coroutine is cancelled (terminal) when the client closes, the credentials change, or the
/// deadline passes. It should end then; one that does not is abandoned, and its late result dropped. Exceptions that
/// leave request_token() count as a failed attempt.
class FACEKI_API token_source {
public:
    virtual ~token_source() = default;

    /// Ask for one token. `request` stays valid until the coroutine has ended.
    virtual asio::awaitable<grant_result> request_token(grant_request& request) = 0;

    /// Get ready for a request that is expected soon: make a connection, ask nothing. By default nothing is done.
    ///
    /// Called on the strand, never while a request is out; a request may come before it has ended. Cancellation as for
    /// request_token(). No error = ready. Nothing of it may count as a request, and what is thrown is ignored.
    virtual asio::awaitable<std::error_code> warm_up(boot_clock::time_point deadline)
    {
        static_cast<void>(deadline);
        co_return std::error_code{};
    }

    /// Throws token_error(errc::invalid_config), whose message names the field, if this source cannot send them.
    /// Called at construction and by set_credentials(), in the caller's thread: it must not touch what the strand does.
    virtual void check(const credentials&) const {}

    /// Release connections and anything else that is kept between flights. Called on the strand when the client closes.
    virtual void close() noexcept {}
};

} // namespace faceki::inline FACEKI_ASIO_BACKEND
