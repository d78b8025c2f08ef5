// A promise that somebody will want a token at any time: what keep_fresh() gives.
#pragma once

#include <memory>
#include <utility>

#include <faceki/detail/token_core.hpp>

namespace faceki::inline FACEKI_ASIO_BACKEND {

/// While one of these lives, its client renews at each expiry without a caller, as if somebody waited: so a loop that
/// only peeks has a token at any time but for the rollover itself. Failed renewals are tried again when the cool-down
/// ends, rejected credentials too; each of these requests may be billed.
///
/// It keeps the client's io_context busy. It may outlive its client, and then does nothing. Thread safety: different
/// objects may be used from different threads. Moving is cheap; copying is refused.
class [[nodiscard]] freshness {
public:
    freshness() noexcept = default;
    explicit freshness(std::shared_ptr<detail::token_core> core) noexcept : core_(std::move(core))
    {
        core_->keep_fresh(true);
    }
    freshness(freshness&&) noexcept = default;
    freshness& operator=(freshness&& other) noexcept
    {
        freshness old(std::move(*this));
        core_ = std::move(other.core_);
        return *this;
    }
    ~freshness() { release(); }

    /// Ends it early. A second call does nothing.
    void release() noexcept
    {
        if (const auto core = std::exchange(core_, nullptr))
            core->keep_fresh(false);
    }

private:
    std::shared_ptr<detail::token_core> core_;
};

} // namespace faceki::inline FACEKI_ASIO_BACKEND
