// The attempts of one flight: which failures are tried again, and how often.
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <faceki/config.hpp>

#include "core/attempts.hpp"
#include "support/print.hpp"

using namespace std::chrono_literals;
using namespace faceki::core;
using faceki::errc;
using faceki::failure_kind;

namespace {

const instant start{1000h};
const instant far_away = start + 24h;

constexpr errc all_errors[] = {
    errc::credentials_rejected, errc::rate_limited,   errc::budget_exhausted, errc::server_error,
    errc::unexpected_status,    errc::malformed_http, errc::malformed_token,  errc::response_too_large,
    errc::resolve_failed,       errc::connect_failed, errc::connection_lost,  errc::proxy_refused,
    errc::tls_failed,           errc::timed_out,      errc::store_failed,     errc::too_many_waiters,
    errc::invalid_config,
};
constexpr failure_kind all_kinds[] = {failure_kind::none, failure_kind::not_sent, failure_kind::sent_no_answer,
                                      failure_kind::answered};
/// One or more of each class, and the borders.
constexpr int all_statuses[] = {0,   100, 199, 200, 204, 299, 300, 302, 399, 400, 401, 403, 404, 407, 408,
                                409, 422, 424, 425, 426, 428, 429, 430, 499, 500, 503, 599, 600, -1,  999};

bool tried_again(const attempt_failure& failure)
{
    attempt_series series{attempt_policy{}};
    return series.on_failed(failure, start, far_away, 0.5).has_value();
}

/// A user's own category: its code 1 passes, its code 2 does not say.
struct foreign_category final : std::error_category {
    const char* name() const noexcept override { return "foreign"; }
    std::string message(int) const override { return "?"; }
    bool equivalent(int code, const std::error_condition& condition) const noexcept override
    {
        return code == 1 && condition == faceki::condition::transient;
    }
};
const foreign_category foreign;

} // namespace

BOOST_AUTO_TEST_SUITE(core_attempts)

BOOST_AUTO_TEST_CASE(each_error_has_its_row)
{
    struct row {
        errc code;
        bool not_sent;
        bool sent_no_answer;
        bool answered_without_status; ///< or not known
        bool passing_status;          ///< answered, with 408 425 429 5xx
    };
    constexpr row rows[] = {
        {errc::credentials_rejected, false, false, false, false},
        {errc::rate_limited, true, true, true, true},
        {errc::budget_exhausted, false, false, false, false},
        {errc::server_error, true, true, true, true},
        {errc::unexpected_status, false, false, false, true},
        {errc::malformed_http, true, false, false, true},
        {errc::malformed_token, false, false, false, false},
        {errc::response_too_large, false, false, false, true},
        {errc::resolve_failed, true, true, false, true},
        {errc::connect_failed, true, true, false, true},
        {errc::connection_lost, true, true, false, true},
        {errc::proxy_refused, false, false, false, true},
        {errc::tls_failed, false, false, false, true},
        {errc::timed_out, true, true, false, true},
        {errc::store_failed, true, true, false, true},
        {errc::too_many_waiters, true, true, false, true},
        {errc::invalid_config, false, false, false, false},
    };
    std::set<errc> seen;
    for (const row& r : rows) {
        seen.insert(r.code);
        for (const int status : all_statuses)
            BOOST_TEST_CONTEXT(name_of(r.code) << " with status " << status)
            {
                const bool passing = status == 408 || status == 425 || status == 429 || (status >= 500 && status < 600);
                const bool by_status = status == 0 ? r.answered_without_status : passing && r.passing_status;
                BOOST_TEST(tried_again({r.code, failure_kind::not_sent, status}) == r.not_sent);
                BOOST_TEST(tried_again({r.code, failure_kind::sent_no_answer, status}) == r.sent_no_answer);
                BOOST_TEST(tried_again({r.code, failure_kind::answered, status}) == by_status);
                BOOST_TEST(tried_again({r.code, failure_kind::none, status}) == by_status);
                BOOST_TEST(tried_again({r.code, static_cast<failure_kind>(77), status}) == by_status);
            }
    }
    BOOST_TEST(seen.size() == std::size(all_errors));
    BOOST_TEST(name_of(static_cast<errc>(std::size(all_errors) + 1)) == "unknown"); // a new one needs a row
}

BOOST_AUTO_TEST_CASE(cancelled_and_out_of_memory_are_final_whatever_else_is_known)
{
    for (const std::error_code code :
         {std::make_error_code(std::errc::operation_canceled), std::error_code(ECANCELED, std::system_category()),
          std::make_error_code(std::errc::not_enough_memory), std::error_code(ENOMEM, std::system_category())})
        for (const failure_kind kind : all_kinds)
            for (const int status : all_statuses)
                BOOST_TEST(!tried_again({code, kind, status}));
}

BOOST_AUTO_TEST_CASE(a_foreign_error_is_tried_again_only_where_it_says_that_it_passes)
{
    const std::error_code passes(1, foreign);
    const std::error_code silent(2, foreign);
    for (const failure_kind kind : {failure_kind::not_sent, failure_kind::sent_no_answer}) {
        BOOST_TEST(tried_again({passes, kind, 0}));
        BOOST_TEST(!tried_again({silent, kind, 0}));
        BOOST_TEST(!tried_again({std::make_error_code(std::errc::connection_reset), kind, 0}));
        BOOST_TEST(!tried_again({std::error_code(), kind, 0}));
        BOOST_TEST(!tried_again({std::error_code(4711, faceki::error_category()), kind, 0}));
    }
    // With an answer the status decides, and without one nobody knows what it cost.
    for (const failure_kind kind : {failure_kind::answered, failure_kind::none}) {
        BOOST_TEST(tried_again({silent, kind, 503}));
        BOOST_TEST(!tried_again({passes, kind, 200}));
        BOOST_TEST(!tried_again({passes, kind, 0}));
    }
}

BOOST_AUTO_TEST_CASE(a_flight_has_at_most_so_many_attempts)
{
    for (const int most : {std::numeric_limits<int>::min(), -1, 0, 1, 2, 3, 7}) {
        attempt_series series({.most = most});
        int made = 1;
        while (series.on_failed({errc::connect_failed, failure_kind::not_sent}, start, far_away, 0.5))
            BOOST_TEST(series.made() == ++made);
        BOOST_TEST(series.made() == made);
        BOOST_TEST(made == std::max(most, 1));
    }
}

BOOST_AUTO_TEST_CASE(a_request_without_answer_is_sent_again_once_in_the_whole_series)
{
    constexpr auto lost = [](attempt_series& s) {
        return s.on_failed({errc::connection_lost, failure_kind::sent_no_answer}, start, far_away, 0.5).has_value();
    };
    constexpr auto refused = [](attempt_series& s) {
        return s.on_failed({errc::connect_failed, failure_kind::not_sent}, start, far_away, 0.5).has_value();
    };
    constexpr auto busy = [](attempt_series& s) {
        return s.on_failed({errc::server_error, failure_kind::answered, 503}, start, far_away, 0.5).has_value();
    };
    const attempt_policy many{.most = 100};

    attempt_series twice(many);
    BOOST_TEST(lost(twice));
    BOOST_TEST(!lost(twice));
    BOOST_TEST(twice.made() == 2);

    attempt_series others_between(many);
    BOOST_TEST(busy(others_between));
    BOOST_TEST(lost(others_between));
    BOOST_TEST(refused(others_between));
    BOOST_TEST(busy(others_between));
    BOOST_TEST(!lost(others_between));
    BOOST_TEST(others_between.made() == 5);

    attempt_series others_only(many);
    for (int i = 0; i < 40; ++i) {
        BOOST_TEST(busy(others_only));
        BOOST_TEST(refused(others_only));
    }
    BOOST_TEST(lost(others_only));

    // Two series know nothing of each other.
    attempt_series another(many);
    BOOST_TEST(lost(another));
}

BOOST_AUTO_TEST_CASE(a_resend_that_the_deadline_forbids_is_not_counted)
{
    attempt_series series{attempt_policy{}};
    const attempt_failure lost{errc::connection_lost, failure_kind::sent_no_answer};
    BOOST_TEST(!series.on_failed(lost, start, start, 0.5));
    BOOST_TEST(series.made() == 1);
    BOOST_TEST(series.on_failed(lost, start, far_away, 0.5).has_value());
}

BOOST_AUTO_TEST_CASE(random_series_stay_within_every_bound)
{
    std::mt19937_64 random(4);
    const auto pick = [&random](const auto& from) { return from[random() % std::size(from)]; };
    std::size_t retries = 0;
    for (int round = 0; round < 200'000; ++round) {
        const attempt_policy policy{static_cast<int>(random() % 6), duration{random() % 3'000'000'000},
                                    duration{random() % 6'000'000'000}};
        const instant deadline = start + duration{random() % 30'000'000'000};
        attempt_series series(policy);
        instant now = start;
        int attempts = 1;
        int resends = 0;
        for (;;) {
            attempt_failure failure{pick(all_errors), pick(all_kinds), pick(all_statuses)};
            if (random() % 4 == 0)
                failure.retry_after = std::chrono::seconds{random() % 40};
            now += duration{random() % 2'000'000'000};
            const auto next = series.on_failed(failure, now, deadline, static_cast<double>(random() % 1000) / 1000);
            if (!next)
                break;
            ++retries;
            resends += failure.kind == failure_kind::sent_no_answer;
            BOOST_REQUIRE(++attempts <= policy.most);
            BOOST_REQUIRE(series.made() == attempts);
            BOOST_REQUIRE(resends <= 1);
            BOOST_REQUIRE(*next >= now + failure.retry_after.value_or(0s));
            BOOST_REQUIRE(*next <= now + std::max(policy.longest_pause, failure.retry_after.value_or(0s)));
            BOOST_REQUIRE(*next < deadline);
            BOOST_REQUIRE((failure.kind != failure_kind::answered || failure.http_status / 100 != 2));
            now = *next;
        }
    }
    BOOST_TEST(retries > 30'000U);
}

BOOST_AUTO_TEST_CASE(unless_told_otherwise_it_is_as_the_configuration_says)
{
    const faceki::retry_options options;
    const attempt_policy policy;
    BOOST_TEST(policy.most == options.max_attempts);
    BOOST_TEST((policy.first_pause == options.first_pause));
    BOOST_TEST((policy.longest_pause == options.longest_pause));
    BOOST_TEST(attempt_failure{}.http_status == 0); // not known
}

BOOST_AUTO_TEST_SUITE_END()
