// What the mock endpoint knows: its script, the tokens it made, and its counts. Any thread; one mutex.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <faceki/testing/mock_endpoint.hpp>
#include <faceki/time.hpp>

#include "testing/mock_json.hpp"

namespace faceki::testing {

/// CLOCK_BOOTTIME, read here and not through the library: a wrong clock there must not look right here.
boot_clock::time_point endpoint_now() noexcept;

/// How a token request is going to be answered.
struct planned_reply {
    mock_reply reply;
    std::string client_id;
    std::chrono::milliseconds wait{}; ///< latency and delay
};

class mock_state {
public:
    /// Throws std::invalid_argument.
    explicit mock_state(const mock_options& options);

    // Told by the endpoint's own thread.
    void connection_opened(boot_clock::time_point at);
    void connection_closed();
    void bytes_received(std::size_t count);
    /// Counts, records and judges a token request that had arrived completely at `arrival`.
    planned_reply token_requested(recorded_request request, const token_request_shape& shape,
                                  boot_clock::time_point arrival);
    /// The bytes of the reply; a fresh token in it has the lifetime that is set now, and starts to live now.
    std::string issue(const planned_reply& plan, bool close);
    /// Whether the bearer (empty = none was presented) was alive at `arrival`.
    bool api_called(std::string_view bearer, boot_clock::time_point arrival);

    // Behind the public functions of the same names.
    void script(mock_reply reply);
    void set_lifetime(std::chrono::milliseconds lifetime);
    void set_latency(std::chrono::milliseconds latency);
    void revoke_all();
    std::size_t requests() const { return read(requests_); }
    std::size_t early() const { return read(early_); }
    std::size_t failed() const { return read(failed_); }
    std::size_t presented() const { return read(presented_); }
    std::size_t dead() const { return read(dead_); }
    std::size_t accepted() const { return read(accepted_); }
    std::size_t open_connections() const { return read(open_); }
    std::size_t request_bytes() const { return read(request_bytes_); }
    std::vector<boot_clock::time_point> accept_times() const;
    std::vector<recorded_request> recorded() const;
    bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit) const;

    /// For the control route, as JSON.
    std::string stats() const;
    std::string stats_of(const std::string& client_id) const;

private:
    struct client_record {
        std::size_t requests = 0;
        std::size_t early = 0;
        boot_clock::time_point alive_until; ///< end of the last token's life; the epoch after revoke_all()
    };

    std::size_t read(const std::size_t& counter) const;
    void changed(); ///< with the mutex held
    bool fails_by_chance();
    std::string make_token();
    void remember(const std::string& client_id, const issued_token& token);

    const std::string client_id_;
    const std::string client_secret_;
    const double fail_rate_;

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::uint64_t events_ = 0;
    std::deque<mock_reply> script_;
    std::chrono::milliseconds lifetime_;
    std::chrono::milliseconds latency_;
    std::unordered_map<std::string, boot_clock::time_point> tokens_; ///< token → the instant it dies
    std::size_t prune_at_ = 4096;
    std::unordered_map<std::string, client_record> clients_;
    std::deque<recorded_request> recorded_;
    std::deque<boot_clock::time_point> accept_times_;
    std::mt19937_64 random_{std::random_device{}()};
    std::uint64_t tokens_made_ = 0;
    std::size_t requests_ = 0;
    std::size_t early_ = 0;
    std::size_t failed_ = 0;
    std::size_t presented_ = 0;
    std::size_t dead_ = 0;
    std::size_t accepted_ = 0;
    std::size_t open_ = 0;
    std::size_t request_bytes_ = 0;
};

} // namespace faceki::testing
