// What users of other token caches complain about, one test per complaint and named after it: secrets that leak, and
// secrets that stay in use. (tests/secrets looks for them in every spelling, over real TLS.)
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <faceki/testing/world.hpp>

#include "flight/complaints.hpp"
#include "support/custom_source.hpp"
#include "support/print.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

const std::string client_id = "sentinel-client-4711";
const std::string client_secret = "sentinel-secret-0815";
const std::string token_text = "sentinel-token-31415";

/// Everything a client says, in one text.
class listener final : public observer {
public:
    void on_flight_finished(const flight_finished& e) override
    {
        heard << e.error.message() << '\n';
        note(e.details);
    }
    void on_retry(std::uint64_t, std::error_code error, const diagnostics& details, std::chrono::nanoseconds) override
    {
        heard << error.message() << '\n';
        note(details);
    }
    void note(const diagnostics& d)
    {
        heard << d.message << '\n' << d.server_message << '\n' << d.cause.message() << '\n';
    }

    std::ostringstream heard;
};

/// Grants a token per pair of credentials, and writes down whose it was.
struct vault {
    std::vector<std::string> asked;

    auto source()
    {
        return std::make_shared<custom_source>([this](grant_request& request) -> asio::awaitable<grant_result> {
            const credentials& who = request.credentials();
            asked.push_back(std::string(who.client_id()) + "/" + std::string(who.client_secret()));
            request.sent();
            co_return grant_result::granted("token-of-" + std::string(who.client_secret()), 1h);
        });
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(complaints)

BOOST_AUTO_TEST_CASE(secrets_in_logs_and_errors)
{
    const std::string known = client_id + " with " + client_secret;
    const std::string echo = known + " and " + token_text; // where the server's words are not passed on
    struct row {
        const char* what;
        std::function<void(testing::scripted_endpoint&)> answer;
    };
    const row rows[] = {
        {"granted", [](auto& e) { e.grant(token_text, 60s); }},
        {"rejected", [&](auto& e) { e.reply(401, R"({"message":")" + known + "\"}"); }},
        {"refused in a 200", [&](auto& e) { e.reply(200, R"({"status":false,"message":")" + known + "\"}"); }},
        {"an error page", [&](auto& e) { e.reply(503, echo); }},
        {"too many", [&](auto& e) { e.reply(429, R"({"error":")" + echo + R"(","message":")" + known + "\"}"); }},
        {"a torn token", [](auto& e) { e.reply(200, R"({"data":{"access_token":")" + token_text); }},
        {"a token that does not fit",
         [](auto& e) { e.reply(200, R"({"data":{"access_token":")" + token_text + R"(\r\n","expires_in":60}})"); }},
        {"a dead token",
         [](auto& e) { e.reply(200, R"({"data":{"access_token":")" + token_text + R"(","expires_in":0}})"); }},
        {"no HTTP", [&](auto& e) { e.raw(echo + "\r\n\r\n"); }},
        {"in a field", [&](auto& e) { e.raw("HTTP/1.1 302 " + echo + "\r\nLocation: /" + echo + "\r\n\r\n"); }},
        {"lost", [](auto& e) { e.lose(); }},
        {"refused", [](auto& e) { e.refuse(); }},
    };
    for (const row& r : rows)
        BOOST_TEST_CONTEXT(r.what)
        {
            testing::world w;
            const auto listens = std::make_shared<listener>();
            w.config.credentials = credentials(client_id, client_secret);
            w.config.log_level = log_level::trace;
            w.config.observer = listens;
            w.config.retry.max_attempts = 2;
            r.answer(w.endpoint);
            r.answer(w.endpoint);
            {
                client c = w.client();
                const auto calls = [&]() -> asio::awaitable<void> {
                    try {
                        const access_token t = co_await c.token();
                        listens->heard << t << '\n';
                        c.invalidate(t);
                    } catch (const token_error& e) {
                        listens->heard << e.what() << '\n';
                        listens->note(e.diagnostics());
                    }
                };
                w.spawn(calls);
                w.run_for(1min);
                c.set_credentials(credentials(client_id, client_secret));
                c.close();
                w.run();
            }
            std::string all = listens->heard.str();
            BOOST_TEST(!all.empty()); // a client that says nothing would prove nothing
            BOOST_TEST(w.events().size() >= 3U);
            for (const std::string& line : w.events())
                all += line + '\n';
            for (const std::string& secret : {client_id, client_secret, token_text})
                BOOST_TEST(all.find(secret) == std::string::npos);
        }
}

BOOST_FIXTURE_TEST_CASE(cache_key_too_small, world)
{
    // One id, two secrets: nothing of the one may serve the other, not even at a dead client's address.
    vault v;
    const auto source_of_both = v.source();
    config.credentials = credentials("id", "one");
    start(source_of_both);
    refresher_config second = config;
    second.credentials = credentials("id", "two");
    {
        refresher other(io.get_executor(), second, source_of_both);
        BOOST_TEST(fetch().value() == "token-of-one");
        BOOST_TEST(!other.peek());
        const auto a = ask(other);
        run();
        BOOST_TEST(a->token.value() == "token-of-two");
        BOOST_TEST(client->peek().value() == "token-of-one");
        BOOST_TEST(!other.invalidate(client->peek()));
    }
    config.credentials = second.credentials;
    start(source_of_both); // where the first client was
    BOOST_TEST(!client->peek());
    BOOST_TEST(fetch().value() == "token-of-two");
    BOOST_TEST(v.asked.size() == 3U);
}

BOOST_FIXTURE_TEST_CASE(rotated_secret_still_used, world)
{
    vault v;
    config.credentials = credentials("id", "old");
    start(v.source());
    const access_token old = fetch();
    client->set_credentials(credentials("id", "new"));
    BOOST_TEST(!client->peek()); // at once
    const auto callers = herd(*client, 100);
    run();
    BOOST_TEST(count(callers, [](const answer& a) { return a.token.value() == "token-of-new"; }) == 100U);
    BOOST_TEST(!client->invalidate(old));
    pass(1h);
    BOOST_TEST(fetch().value() == "token-of-new");
    const std::vector<std::string> expected{"id/old", "id/new", "id/new"};
    BOOST_TEST(v.asked == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(rotated_secret_drops_the_waiters, world)
{
    source->hold_stubbornly();
    start();
    const auto answers = herd(*client, 100);
    run();
    client->set_credentials(credentials("id-2", "secret-2"));
    run();
    BOOST_TEST(count(answers, is_open) == 100U);
    source->release(); // the old one's answer comes, and is nobody's
    run();
    BOOST_TEST(count(answers, is_served) == 100U);
    BOOST_TEST(count(answers, [](const answer& a) { return a.token.value() == "token-2"; }) == 100U);
    BOOST_TEST(source->last_client_id() == "id-2");
    BOOST_TEST(client->peek().value() == "token-2");
    BOOST_TEST(client->stats().tokens == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
