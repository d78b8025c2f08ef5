// SIGTERM: stop waiting for tokens, finish what is begun, give back what is not, and end in time.
// Its mock endpoint is slow and its tokens are short-lived, so that the signal comes while everybody waits for one.
#include <asio.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <faceki/client.hpp>
#include <iostream>

namespace {

using namespace std::chrono_literals;

constexpr int workers = 3;

struct job_list {
    std::deque<int> open;
    int done = 0;
};

asio::awaitable<void> worker(faceki::client& client, job_list& jobs)
{
    asio::steady_timer work(co_await asio::this_coro::executor);
    while (!jobs.open.empty()) {
        const int job = jobs.open.front();
        jobs.open.pop_front();
        const faceki::token_result token = co_await client.try_token();
        if (!token) {
            jobs.open.push_front(job); // not begun: somebody else will do it
            if (token.error() == asio::error::operation_aborted)
                co_return; // the client is closed
            work.expires_after(1s);
        } else {
            ++jobs.done; // here a request with token->authorization() would be made
            work.expires_after(10ms);
        }
        co_await work.async_wait(asio::use_awaitable);
    }
}

struct ending {
    std::chrono::steady_clock::time_point began;
    faceki::close_report report;
};

asio::awaitable<void> shut_down_on_signal(faceki::client& client, ending& end)
{
    asio::signal_set signals(co_await asio::this_coro::executor, SIGINT, SIGTERM);
    co_await signals.async_wait(asio::use_awaitable);
    end.began = std::chrono::steady_clock::now();
    end.report = client.close();   // returns at once; whoever waits for a token gets operation_aborted
    co_await client.async_close(); // has come to rest: all of them have been told, no socket, no timer is left
    std::cout << end.report.waiters_aborted << " callers were waiting"
              << (end.report.request_dropped ? "; a request was sent, its answer is not awaited\n" : "\n");
}

/// Plays the operator: ends the service while a request is under way and all workers wait for its answer.
asio::awaitable<void> terminate_at_the_worst_moment(const faceki::client& client)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
        const faceki::stats now = client.stats();
        if (now.tokens != 0 && now.requests_sent > now.tokens && now.waiting == workers)
            break;
        pause.expires_after(5ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
    std::raise(SIGTERM);
}

} // namespace

int main()
{
    faceki::client_config config;
    config.credentials = faceki::credentials(std::getenv("FACEKI_CLIENT_ID"), std::getenv("FACEKI_CLIENT_SECRET"));
    if (const char* url = std::getenv("FACEKI_BASE_URL"))
        config.base_url = url;

    asio::io_context io;
    faceki::client client(io.get_executor(), config);
    job_list jobs{std::deque<int>(10'000), 0};
    ending end;
    asio::co_spawn(io, shut_down_on_signal(client, end), asio::detached);
    for (int n = 0; n < workers; ++n)
        asio::co_spawn(io, worker(client, jobs), asio::detached);
    asio::co_spawn(io, terminate_at_the_worst_moment(client), asio::detached);
    io.run(); // returns without io.stop(): nothing is left to do

    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - end.began;
    std::cout << jobs.done << " jobs done, " << jobs.open.size() << " left for later; ended " << took.count()
              << " ms after the signal\n";
    const bool nothing_lost = jobs.done > 0 && jobs.done + jobs.open.size() == 10'000;
    const bool all_told = end.report.waiters_aborted == workers && end.report.request_dropped;
    return nothing_lost && all_told && took < 5s ? 0 : 1; // service managers kill after 10 s or more
}
