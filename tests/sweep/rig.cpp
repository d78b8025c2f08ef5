// Driving a client step by step.
#include "sweep/rig.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/ip/tcp.hpp>

namespace faceki_test::sweep {
namespace {

using namespace std::chrono_literals;

/// Each rig asks for another port, so that no lookup of an earlier rig is joined.
std::uint16_t next_port()
{
    static std::uint16_t port = 1000;
    return ++port;
}

faceki::testing::mock_options endpoint_options()
{
    faceki::testing::mock_options options;
    options.server_certificate = endpoint_certificate();
    options.client_id = ""; // short and long ones alike
    return options;
}

place unused_port()
{
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), 0});
    return {"127.0.0.1", acceptor.local_endpoint().port()};
}

/// Multicast: the kernel refuses to connect, and sends nothing.
const place unroutable{"224.0.0.1", 443};

} // namespace

bool fault::silent() const
{
    if (what != kind::peer)
        return what == kind::lookup_hangs;
    if (how.stranger || how.at == stop_at::nowhere || how.then != act::silence)
        return false;
    return how.at != stop_at::reply || how.upto < (how.reply.empty() ? good_reply(how.lifetime) : how.reply).size();
}

faceki::credentials long_credentials()
{
    const std::string most(faceki::limits{}.max_credential_bytes, '\x01');
    return {most, most};
}

rig::rig(faceki::client_config config, bool long_request)
    : time_(std::make_shared<faceki::testing::manual_clock>()), names_(endpoint_host), mock_(endpoint_options())
{
    config.credentials = long_request ? long_credentials() : faceki::credentials("sweep-client", "sweep-secret");
    config.base_url = std::string("https://") + endpoint_host + ":" + std::to_string(next_port());
    config.tls.ca_pem = trusted_ca().ca_pem();
    config.proxy = "none";
    config.clock = time_;
    config.random_seed = 1;
    config.log_level = faceki::log_level::trace;
    config.log = [this](faceki::log_level, std::string_view line) { log_.emplace_back(line); };
    client_ = std::make_unique<faceki::client>(io_.get_executor(), config);
}

rig::~rig()
{
    client_.reset();
    settle();
}

std::unique_ptr<call> rig::ask(faceki::wait_limit limit)
{
    auto made = std::make_unique<call>();
    call& c = *made;
    client_->async_token(
        c.details, limit,
        asio::bind_cancellation_slot(c.cancel.slot(), [this, &c](std::error_code error, faceki::access_token token) {
            if (std::exchange(c.done, true))
                throw std::logic_error("a waiter completed twice");
            c.error = error;
            c.token = std::move(token);
            c.ended = now();
        }));
    return made;
}

void rig::lead_to(const fault& what)
{
    current_ = what;
    connecting_before_ = lines_with("connecting to");
    retries_before_ = client_->stats().retries;
    switch (what.what) {
    case fault::kind::lookup_fails:
        return names_.fail(what.gai_code);
    case fault::kind::lookup_hangs:
        return names_.hang();
    case fault::kind::unroutable:
        return names_.answer({unroutable});
    case fault::kind::refused:
        return names_.answer({unused_port()});
    case fault::kind::peer:
        peers_.push_back(std::make_unique<peer>(what.how));
        return names_.answer({{"127.0.0.1", peers_.back()->port()}});
    case fault::kind::none:
        return names_.answer({{"127.0.0.1", mock_.port()}});
    }
}

void rig::end_silence()
{
    if (current_.what == fault::kind::peer)
        peers_.back()->go_on();
    else
        lead_to({});
}

bool rig::is_at_the_step() const
{
    if (current_.what == fault::kind::lookup_hangs)
        return names_.hanging() == 1;
    if (current_.how.at == stop_at::backlog)
        return lines_with("connecting to") > connecting_before_;
    return peers_.back()->reached() == 1;
}

void rig::until_at_the_step()
{
    until([this] { return is_at_the_step(); }, "the attempt comes to its step");
}

void rig::until_attempt_ends(const call& c)
{
    if (current_.silent()) {
        until_at_the_step();
        pass(next_alarm());
    }
    until([&] { return c.done || client_->stats().retries > retries_before_; }, "the attempt ends");
}

duration rig::pause_before(const fault& next)
{
    const duration pause = next_alarm();
    lead_to(next);
    pass(pause);
    return pause;
}

duration rig::next_alarm() const
{
    const auto at = time_->next_alarm();
    return at ? *at - now() : duration{-1};
}

void rig::pass(duration by)
{
    time_->advance(by);
    settle();
}

void rig::settle()
{
    do
        io_.restart();
    while (io_.poll() != 0);
}

void rig::until(const std::function<bool()>& condition, const char* what)
{
    const auto patience = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > patience)
            throw std::runtime_error(std::string("it never came: ") + what);
        io_.restart();
        if (io_.run_one_for(2ms) == 0)
            std::this_thread::yield();
    }
    settle();
}

void rig::until_at_rest()
{
    const auto nothing_left = [this] {
        settle();
        return io_.stopped();
    };
    until(nothing_left, "the client comes to rest");
}

int rig::requests_at_peers() const
{
    int sum = 0;
    for (const auto& p : peers_)
        sum += p->requests();
    return sum;
}

int rig::open_at_peers() const
{
    int sum = 0;
    for (const auto& p : peers_)
        sum += p->open();
    return sum;
}

std::size_t rig::lines_with(std::string_view words) const
{
    return static_cast<std::size_t>(std::count_if(
        log_.begin(), log_.end(), [words](const std::string& line) { return line.find(words) != line.npos; }));
}

} // namespace faceki_test::sweep
