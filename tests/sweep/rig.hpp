// One client in virtual time over real sockets, with whatever its name leads to.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <faceki/client.hpp>
#include <faceki/testing/manual_clock.hpp>
#include <faceki/testing/mock_endpoint.hpp>

#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>

#include "sweep/name_service.hpp"
#include "sweep/peer.hpp"

namespace faceki_test::sweep {

using time_point = faceki::boot_clock::time_point;
using duration = faceki::boot_clock::duration;

/// What one attempt meets.
struct fault {
    enum class kind : std::uint8_t {
        lookup_fails,
        lookup_hangs,
        unroutable, ///< an address that no TCP connection can have
        refused,    ///< a port nobody listens on
        peer,
        none, ///< the kit's endpoint, where all goes well
    };
    kind what = kind::none;
    int gai_code = 0;
    conduct how{};

    /// It ends only when somebody's time is up.
    bool silent() const;
    /// The client has to write more than the kernels take.
    bool needs_long_request() const { return how.at == stop_at::request; }
};

/// One caller's call.
struct call {
    bool done = false;
    std::error_code error;
    faceki::access_token token;
    faceki::diagnostics details;
    time_point ended;
    asio::cancellation_signal cancel;
};

class rig {
public:
    /// `config` brings limits and retries; the rest is filled in.
    explicit rig(faceki::client_config config = {}, bool long_request = false);
    ~rig();
    rig(const rig&) = delete;
    rig& operator=(const rig&) = delete;

    faceki::client& client() { return *client_; }
    void destroy_client() { client_.reset(); }
    std::unique_ptr<call> ask(faceki::wait_limit limit = {});

    /// From now on the name leads there.
    void lead_to(const fault& what);
    /// Ends the silence of what the name leads to: from here on all goes well there.
    void end_silence();
    /// Runs until the attempt waits where what it meets is silent.
    void until_at_the_step();
    /// Runs until the attempt has ended: after its limit, where what it meets is silent.
    void until_attempt_ends(const call& c);
    /// Lets the pause before the next attempt pass, and says how long it was.
    duration pause_before(const fault& next);

    time_point now() const { return time_->now(); }
    /// From now to the next alarm; -1 ns = none is armed.
    duration next_alarm() const;
    /// Lets time pass, then runs what became ready.
    void pass(duration by);
    /// Runs what is ready.
    void settle();
    /// Runs until then; throws when it takes too long: nothing but the scheduler's goodwill depends on that limit.
    void until(const std::function<bool()>& condition, const char* what);
    /// Nothing of the client is left in the io_context.
    void until_at_rest();

    faceki::testing::mock_endpoint& mock() { return mock_; }
    bool has_peer() const { return !peers_.empty(); }
    const peer& last_peer() const { return *peers_.back(); }
    name_service& names() { return names_; }

    int requests_at_peers() const;
    int open_at_peers() const;
    std::size_t lines_with(std::string_view words) const; ///< of the client's log

private:
    bool is_at_the_step() const;

    const std::shared_ptr<faceki::testing::manual_clock> time_;
    name_service names_;
    faceki::testing::mock_endpoint mock_;
    std::vector<std::unique_ptr<peer>> peers_; ///< one for each attempt that met one
    fault current_;
    std::size_t connecting_before_ = 0;
    std::uint64_t retries_before_ = 0;
    std::vector<std::string> log_;
    asio::io_context io_;
    std::unique_ptr<faceki::client> client_;
};

/// Credentials of the greatest length that is allowed, and of characters that JSON spells with six: their request is
/// more than a peer's window and the client's own buffer take.
faceki::credentials long_credentials();

} // namespace faceki_test::sweep
