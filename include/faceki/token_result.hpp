// What try_token() gives: a token or an error with its diagnostics.
#pragma once

#include <cassert>
#include <utility>

#include <faceki/detail/token_core.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

/// Either a live token or the reason why there is none. Cheap to copy.
/// Thread safety: different objects may be used from different threads.
class token_result {
public:
    explicit token_result(access_token token) noexcept : token_(std::move(token)) {}
    explicit token_result(detail::outcome_ptr how) noexcept : token_(how->token), how_(std::move(how)) {}

    /// True if there is a token.
    explicit operator bool() const noexcept { return static_cast<bool>(token_); }

    /// The token; empty if there is none.
    const access_token& token() const& noexcept { return token_; }
    access_token token() && noexcept { return std::move(token_); }

    const access_token& operator*() const& noexcept { return token_; }
    access_token operator*() && noexcept { return std::move(token_); }
    const access_token* operator->() const& noexcept { return &token_; }
    const access_token* operator->() const&& = delete; ///< its views would dangle: keep the result, then use it

    /// True if the call had to wait for its outcome (a flight, or a refusal), false if a live token was at hand.
    bool waited() const noexcept { return how_ != nullptr; }

    /// No error if there is a token.
    error_code error() const noexcept { return how_ ? how_->error : error_code{}; }

    /// Details of the failure; empty ones if there is a token. Lives as long as this object or a copy of it.
    const faceki::diagnostics& diagnostics() const& noexcept
    {
        static const faceki::diagnostics none;
        return how_ ? how_->details : none;
    }
    faceki::diagnostics diagnostics() && { return std::as_const(*this).diagnostics(); }

private:
    access_token token_;
    detail::outcome_ptr how_; ///< null for a token that was there already
};

} // namespace faceki::inline FACEKI_ASIO_BACKEND
