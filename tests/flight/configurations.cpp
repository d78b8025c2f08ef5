// Which configurations are refused, with which words; and that the values next to them are not.
#include <chrono>
#include <cstddef>
#include <string>
#include <type_traits>

#include <boost/test/unit_test.hpp>

#include "refresh/validate.hpp"
#include "support/print.hpp"
#include "support/world.hpp"

using namespace faceki;
using namespace faceki::test;

namespace {

using std::chrono::milliseconds;

template <class Value>
struct named_field {
    const char* name;
    Value& (*in)(refresher_config&);
};

struct configured_world : world {
    /// What the exception says; empty if there is none.
    std::string problem(const refresher_config& with)
    {
        try {
            refresher(io.get_executor(), with, source);
            return {};
        } catch (const token_error& e) {
            BOOST_TEST((e.code() == errc::invalid_config));
            return e.diagnostics().message;
        }
    }

    template <class Value>
    std::string problem(const named_field<Value>& field, std::type_identity_t<Value> value)
    {
        refresher_config changed = config;
        field.in(changed) = value;
        return problem(changed);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(configurations)

BOOST_FIXTURE_TEST_CASE(time_limits_are_more_than_nothing_and_at_most_a_day, configured_world)
{
    const named_field<milliseconds> fields[] = {
        {"limits.connect_timeout", [](refresher_config& c) -> milliseconds& { return c.limits.connect_timeout; }},
        {"limits.attempt_timeout", [](refresher_config& c) -> milliseconds& { return c.limits.attempt_timeout; }},
        {"limits.flight_deadline", [](refresher_config& c) -> milliseconds& { return c.limits.flight_deadline; }},
    };
    for (const auto& field : fields) {
        const std::string name = field.name;
        BOOST_TEST(problem(field, 1ms) == "");
        BOOST_TEST(problem(field, 24h) == "");
        BOOST_TEST(problem(field, 0ms) == name + " must be more than 0 ms");
        BOOST_TEST(problem(field, -1ms) == name + " must be more than 0 ms");
        BOOST_TEST(problem(field, 24h + 1ms) == name + " must be at most 24 hours");
    }
}

BOOST_FIXTURE_TEST_CASE(sizes_are_more_than_nothing, configured_world)
{
    const named_field<std::size_t> fields[] = {
        {"limits.max_header_bytes", [](refresher_config& c) -> std::size_t& { return c.limits.max_header_bytes; }},
        {"limits.max_header_fields", [](refresher_config& c) -> std::size_t& { return c.limits.max_header_fields; }},
        {"limits.max_body_bytes", [](refresher_config& c) -> std::size_t& { return c.limits.max_body_bytes; }},
        {"limits.max_json_depth", [](refresher_config& c) -> std::size_t& { return c.limits.max_json_depth; }},
        {"limits.max_token_bytes", [](refresher_config& c) -> std::size_t& { return c.limits.max_token_bytes; }},
        {"limits.max_credential_bytes",
         [](refresher_config& c) -> std::size_t& { return c.limits.max_credential_bytes; }},
        {"limits.max_waiters", [](refresher_config& c) -> std::size_t& { return c.limits.max_waiters; }},
    };
    config.credentials = credentials("i", "s"); // fits into any limit
    for (const auto& field : fields) {
        BOOST_TEST(problem(field, 1U) == "");
        BOOST_TEST(problem(field, 0U) == std::string(field.name) + " must be more than 0");
    }
}

BOOST_FIXTURE_TEST_CASE(spans_are_not_negative_and_at_most_a_year, configured_world)
{
    const named_field<milliseconds> fields[] = {
        {"retry.first_pause", [](refresher_config& c) -> milliseconds& { return c.retry.first_pause; }},
        {"retry.longest_pause", [](refresher_config& c) -> milliseconds& { return c.retry.longest_pause; }},
        {"lifetime.refresh_ahead", [](refresher_config& c) -> milliseconds& { return c.lifetime.refresh_ahead; }},
        {"lifetime.assumed_lifetime", [](refresher_config& c) -> milliseconds& { return c.lifetime.assumed_lifetime; }},
        {"lifetime.safety_margin", [](refresher_config& c) -> milliseconds& { return c.lifetime.safety_margin; }},
        {"lifetime.max_uncertainty", [](refresher_config& c) -> milliseconds& { return c.lifetime.max_uncertainty; }},
    };
    for (const auto& field : fields) {
        const std::string name = field.name;
        BOOST_TEST(problem(field, 0ms) == "");
        BOOST_TEST(problem(field, 24h * 365) == "");
        BOOST_TEST(problem(field, -1ms) == name + " must not be negative");
        BOOST_TEST(problem(field, 24h * 365 + 1ms) == name + " must be at most a year");
    }
}

BOOST_FIXTURE_TEST_CASE(the_other_bounds, configured_world)
{
    const named_field<milliseconds> idle = {"limits.max_connection_idle", [](refresher_config& c) -> milliseconds& {
                                                return c.limits.max_connection_idle;
                                            }};
    BOOST_TEST(problem(idle, 0ms) == "");
    BOOST_TEST(problem(idle, -1ms) == "limits.max_connection_idle must not be negative; 0 = keep no connection");
    const named_field<std::size_t> depth = {
        "limits.max_json_depth", [](refresher_config& c) -> std::size_t& { return c.limits.max_json_depth; }};
    BOOST_TEST(problem(depth, 1000U) == "");
    BOOST_TEST(problem(depth, 1001U) == "limits.max_json_depth must be at most 1000");
    const named_field<int> attempts = {"retry.max_attempts",
                                       [](refresher_config& c) -> int& { return c.retry.max_attempts; }};
    BOOST_TEST(problem(attempts, 1) == "");
    BOOST_TEST(problem(attempts, 10) == "");
    BOOST_TEST(problem(attempts, 0) == "retry.max_attempts must be 1 to 10; 1 = no retry");
    BOOST_TEST(problem(attempts, 11) == "retry.max_attempts must be 1 to 10; 1 = no retry");
}

BOOST_AUTO_TEST_CASE(credentials_have_both_halves_and_a_greatest_length)
{
    const auto with = [](std::string id, std::string secret) -> std::string {
        limits bounds;
        bounds.max_credential_bytes = 8;
        try {
            detail::validate(credentials(std::move(id), std::move(secret)), bounds);
            return {};
        } catch (const token_error& e) {
            return e.diagnostics().message;
        }
    };
    BOOST_TEST(with("12345678", "12345678") == "");
    BOOST_TEST(with("", "secret").starts_with("credentials.client_id "));
    BOOST_TEST(with("id", "").starts_with("credentials.client_secret "));
    BOOST_TEST(with("123456789", "secret").starts_with("credentials.client_id "));
    BOOST_TEST(with("id", "123456789").starts_with("credentials.client_secret "));
}

BOOST_AUTO_TEST_SUITE_END()
