// Puts the demo together: endpoint, client, crowd, presentations, the comparison without single flight.
#include "cli/demo.hpp"

#include <charconv>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <thread>
#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>

#include "cli/api_caller.hpp"
#include "cli/demo_crowd.hpp"
#include "cli/duration.hpp"
#include "cli/endpoint_process.hpp"

namespace faceki::cli {

std::chrono::milliseconds demo_options::effective_latency() const
{
    if (latency.count() != 0)
        return latency;
    // Each coroutine needs some µs around a token's end: with less, most would come when its successor is there
    // already.
    return std::max(std::chrono::milliseconds{50},
                    std::chrono::milliseconds{static_cast<std::int64_t>(coroutines / 500)});
}

std::chrono::milliseconds demo_options::effective_lifetime() const
{
    if (lifetime.count() != 0)
        return lifetime;
    return std::max(std::chrono::milliseconds{2000},
                    std::chrono::milliseconds{static_cast<std::int64_t>(coroutines / 100)});
}

namespace {

/// A thread with an io_context that runs until told to stop.
class background_context {
public:
    background_context() : work_(asio::make_work_guard(io)), thread_([this] { io.run(); }) {}
    ~background_context() { stop(); }
    background_context(const background_context&) = delete;
    background_context& operator=(const background_context&) = delete;

    void stop()
    {
        io.stop();
        if (thread_.joinable())
            thread_.join();
    }

    asio::io_context io{1};

private:
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    std::thread thread_;
};

/// Shows tokens to the endpoint, one after the other, over one connection on a context of its own.
class presenter final : public presentation_desk {
public:
    presenter(const std::string& url, const std::string& ca_pem) : calls_(url, ca_pem) {}
    ~presenter() override { context_.stop(); }

    void present(access_token token) override
    {
        asio::post(context_.io, [this, token = std::move(token)]() mutable {
            queue_.push_back(std::move(token));
            if (std::exchange(busy_, true))
                return;
            asio::co_spawn(context_.io, work(), asio::detached);
        });
    }

private:
    asio::awaitable<void> work()
    {
        while (!queue_.empty()) {
            const access_token token = std::move(queue_.front());
            queue_.pop_front();
            // It waited in a queue: what a caller must do just before it uses a token, look at the time again.
            if (boot_clock::now() >= token.use_until())
                continue;
            co_await calls_.get("/kycrules/api/kycrules", token.authorization());
        }
        busy_ = false;
    }

    background_context context_; // first: what is bound to it goes before it does
    api_caller calls_;
    std::deque<access_token> queue_;
    bool busy_ = false;
};

class no_presentations final : public presentation_desk {
public:
    void present(access_token) override {}
};

endpoint_counts ask_endpoint(const endpoint_process& endpoint, std::string_view client_id)
{
    api_caller caller(endpoint.url(), endpoint.ca_pem());
    // The endpoint is this very program: its flat object of numbers needs no JSON parser.
    const auto read = [](const std::string& text, const std::string& name) {
        const std::size_t key = text.find('"' + name + "\":");
        const char* number = text.data() + key + name.size() + 3;
        std::uint64_t value = 0;
        if (key == std::string::npos || std::from_chars(number, text.data() + text.size(), value).ec != std::errc{})
            throw std::runtime_error("the endpoint process does not say what it counted");
        return value;
    };
    const std::string own = caller.get_body("/__mock/stats?client_id=" + std::string{client_id});
    const std::string all = caller.get_body("/__mock/stats");
    return {read(own, "requests"), read(own, "early"), read(all, "dead"), read(all, "presented")};
}

client_config configuration(const endpoint_process* endpoint, std::string client_id)
{
    client_config config;
    if (endpoint) {
        config.credentials = credentials(std::move(client_id), "demo-secret");
        config.base_url = endpoint->url();
        config.tls.ca_pem = endpoint->ca_pem();
        config.proxy = "none";
    } else {
        const char* id = std::getenv("FACEKI_CLIENT_ID");
        const char* secret = std::getenv("FACEKI_CLIENT_SECRET");
        if (!id || !secret)
            throw std::runtime_error("--live needs FACEKI_CLIENT_ID and FACEKI_CLIENT_SECRET in the environment");
        config.credentials = credentials(id, secret);
    }
    return config;
}

/// 1,000 coroutines, each with a client of its own: what code without single flight does at every expiry.
naive_report run_naive(const endpoint_process& endpoint, std::size_t threads)
{
    naive_report report;
    report.coroutines = 1000;
    const client_config config = configuration(&endpoint, "naive");
    const auto begin = boot_clock::now();
    std::vector<std::thread> pool;
    for (std::size_t t = 0; t < threads; ++t)
        pool.emplace_back([&config, share = report.coroutines / threads + (t < report.coroutines % threads ? 1 : 0)] {
            asio::io_context io(1);
            std::deque<client> clients;
            for (std::size_t n = 0; n < share; ++n) {
                clients.emplace_back(io.get_executor(), config);
                clients.back().async_token([](error_code, access_token) {});
            }
            io.run();
        });
    for (std::thread& thread : pool)
        thread.join();
    report.took = boot_clock::now() - begin;
    const endpoint_counts counts = ask_endpoint(endpoint, "naive");
    report.requests = counts.requests;
    report.early = counts.early;
    return report;
}

void show_progress(const demo_options& options, const token_ledger& ledger, const client& tokens, std::size_t index)
{
    const stats now = tokens.stats();
    std::cerr << "\rtoken " << index + 1 << '/' << options.rollovers + 1 << ": " << ledger.have(index) << " of "
              << options.coroutines << " have it, " << now.waiting << " waiting, " << now.requests_sent
              << " requests \x1b[K" << std::flush;
}

void play(const demo_options& options, const endpoint_process* endpoint, demo_report& report)
{
    background_context home;
    client tokens(home.io.get_executor(), configuration(endpoint, "demo"));
    token_ledger ledger(options.rollovers + 1, options.coroutines, options.threads);
    std::unique_ptr<presentation_desk> desk;
    if (endpoint)
        desk = std::make_unique<presenter>(endpoint->url(), endpoint->ca_pem());
    else
        desk = std::make_unique<no_presentations>();

    const auto begin = boot_clock::now();
    std::vector<std::unique_ptr<crowd_thread>> crowd;
    const std::size_t sample = std::max<std::size_t>(1, options.coroutines / 500);
    for (std::size_t t = 0; t < options.threads; ++t) {
        crowd.push_back(std::make_unique<crowd_thread>(tokens, ledger, *desk, options, t));
        crowd.back()->add(options.coroutines / options.threads + (t < options.coroutines % options.threads ? 1 : 0),
                          sample);
    }
    std::vector<std::thread> threads;
    for (const auto& part : crowd)
        threads.emplace_back([&part] { part->run(); });

    const bool terminal = ::isatty(STDERR_FILENO) == 1 && !options.json;
    const std::chrono::nanoseconds lifetime = options.live ? std::chrono::hours{1} : options.effective_lifetime();
    const std::chrono::nanoseconds patience = 2 * lifetime + std::chrono::seconds{60};
    for (std::size_t index = 0; index <= options.rollovers; ++index) {
        const auto give_up = boot_clock::now() + patience;
        bool complete = false;
        while (!complete && ledger.errors() == 0 && boot_clock::now() < give_up) {
            complete = ledger.wait_for(index, std::chrono::milliseconds{100});
            if (terminal)
                show_progress(options, ledger, tokens, index);
        }
        if (!complete)
            break;
        report.flights.push_back(ledger.flight(index, lifetime));
        if (terminal)
            std::cerr << "\r\x1b[K";
        if (!options.json)
            print_flight(index, report.flights.back());
    }
    // All have their last token; what they still sleep towards are cached calls.
    const bool complete = report.flights.size() == options.rollovers + 1;
    if (!complete)
        for (const auto& part : crowd)
            part->stop();
    for (std::thread& thread : threads)
        thread.join();
    report.took = boot_clock::now() - begin;
    report.lost = options.coroutines - ledger.have(options.rollovers);
    report.errors = ledger.errors();
    report.first_error = ledger.first_error();
    report.requests_sent = tokens.stats().requests_sent;

    std::vector<std::uint64_t> cached;
    std::vector<std::uint64_t> waiting;
    for (const auto& part : crowd) {
        cached.insert(cached.end(), part->cached.begin(), part->cached.end());
        waiting.insert(waiting.end(), part->waiting.begin(), part->waiting.end());
    }
    report.calls = cached.size() + waiting.size();
    report.cached = percentiles_of(cached);
    report.waiting = percentiles_of(waiting);
}

} // namespace

int run_demo(const demo_options& options)
{
    demo_report report;
    try {
        std::optional<endpoint_process> endpoint;
        if (!options.live)
            endpoint.emplace(options.effective_lifetime(), options.effective_latency());
        if (!options.json && endpoint)
            std::cout << options.coroutines << " coroutines on " << options.threads
                      << " threads; the endpoint is process " << endpoint->pid()
                      << " with its own count and clock (lifetime " << format_duration(options.effective_lifetime())
                      << ", latency " << format_duration(options.effective_latency()) << ")\n";
        play(options, endpoint ? &*endpoint : nullptr, report);
        if (endpoint) {
            report.endpoint = ask_endpoint(*endpoint, "demo");
            report.naive = run_naive(*endpoint, options.threads);
        }
    } catch (const std::exception& e) {
        std::cerr << "faceki demo: " << e.what() << '\n';
        return 3;
    }
    options.json ? print_json(options, report) : print_table(options, report);
    return report.failures(options).empty() ? 0 : 1;
}

} // namespace faceki::cli
