// A token source without a network: answers from a script, in virtual time if it is given a manual clock.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

#include <faceki/clock.hpp>
#include <faceki/token_source.hpp>

namespace faceki::testing {

/// `config.source = std::make_shared<faceki::testing::scripted_source>(clock);`
///
/// Each request takes the next entry of the script; after its end every request is granted "token-N" for an hour (N
/// counts from 1). Thread safety: every function may be called from any thread.
class FACEKI_API scripted_source final : public token_source {
public:
    /// `time` measures latencies; null = the system's clock.
    explicit scripted_source(std::shared_ptr<clock> time = nullptr);
    ~scripted_source() override;

    /// Appends an entry: a token, `latency` after the request.
    scripted_source& grant(std::string token, std::chrono::milliseconds lifetime,
                           std::chrono::milliseconds latency = {});
    /// Appends an entry: a failure, `latency` after the request. `sent` = the request left before it failed.
    scripted_source& fail(std::error_code code, std::chrono::milliseconds latency = {}, bool sent = true);
    /// Appends an entry: the request stays out until release() (which grants "token-N") or its cancellation.
    scripted_source& hold();
    /// Appends an entry that stays out and ignores its cancellation, until release().
    scripted_source& hold_stubbornly();
    /// Appends an entry: request_token() throws std::runtime_error.
    scripted_source& throw_exception();

    /// Lets every held request go.
    void release();

    std::size_t requests() const;  ///< so far
    std::size_t in_flight() const; ///< now
    std::size_t most_in_flight() const;
    std::size_t cancelled() const; ///< requests that ended by cancellation
    std::string last_client_id() const;
    bool closed() const;

    asio::awaitable<grant_result> request_token(grant_request& request) override;
    void close() noexcept override;

private:
    struct state;
    std::shared_ptr<state> state_;
};

} // namespace faceki::testing
