// `faceki mock`: what it prints, what it serves, how it ends.
#include <boost/test/unit_test.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <simdjson.h>

#include "tool/api_call.hpp"
#include "tool/tool.hpp"

using namespace faceki_test;
using namespace std::chrono_literals;

namespace {

struct counts {
    std::int64_t requests = -1, early = -1, presented = -1, dead = -1, failed = -1, accepted = -1;

    bool operator==(const counts&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const counts& c)
    {
        return out << c.requests << " requests, " << c.early << " early, " << c.presented << " presented, " << c.dead
                   << " dead, " << c.failed << " failed, " << c.accepted << " accepted";
    }
};

counts parse_counts(const std::string& line)
{
    simdjson::dom::parser parser;
    counts result;
    const std::pair<std::string_view, std::int64_t*> fields[] = {
        {"requests", &result.requests}, {"early", &result.early},   {"presented", &result.presented},
        {"dead", &result.dead},         {"failed", &result.failed}, {"accepted", &result.accepted}};
    std::size_t n = 0;
    for (const auto& [key, value] : parser.parse(line).get_object()) {
        BOOST_REQUIRE(n < std::size(fields));
        BOOST_TEST(key == fields[n].first);
        *fields[n++].second = value.get_int64();
    }
    BOOST_TEST(n == std::size(fields));
    return result;
}

/// `faceki mock`, running: its URL and CA are known.
class running_mock {
public:
    explicit running_mock(std::vector<std::string> more = {}) : child_(setup(files_, std::move(more)))
    {
        url_ = lines_of(child_.read_lines(1)).at(0);
    }

    const std::string& url() const { return url_; }
    std::string ca_file() const { return files_.path("ca.pem"); }
    std::string ca_pem() const
    {
        std::ifstream file(ca_file());
        return {std::istreambuf_iterator<char>(file), {}};
    }

    ended_process token() const
    {
        return run(tool({"token", "--attempts", "1", "--base-url", url_, "--ca-file", ca_file()}));
    }

    counts end(int number)
    {
        child_.send_signal(number);
        const ended_process result = child_.wait();
        BOOST_TEST(result.status == 0);
        BOOST_TEST(result.err == "");
        const auto lines = lines_of(result.out);
        BOOST_REQUIRE(lines.size() == 2U);
        BOOST_TEST(lines[0] == url_);
        return parse_counts(lines[1]);
    }

private:
    static process_setup setup(const temporary_folder& files, std::vector<std::string> more)
    {
        more.insert(more.begin(), {"mock", "--ca-out", files.path("ca.pem")});
        return tool(std::move(more));
    }

    temporary_folder files_;
    process child_;
    std::string url_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(mock)

BOOST_AUTO_TEST_CASE(it_serves_and_counts)
{
    for (const int number : {SIGINT, SIGTERM}) {
        running_mock mock;
        BOOST_TEST(mock.url().starts_with("https://127.0.0.1:"));
        const ended_process first = mock.token();
        BOOST_TEST(first.status == 0, first.err);
        const std::string bearer = "Bearer " + lines_of(first.out).at(0);
        BOOST_TEST(api_status(mock.url(), mock.ca_pem(), bearer) == 200);
        BOOST_TEST(api_status(mock.url(), mock.ca_pem(), bearer + 'x') == 401);
        BOOST_TEST(mock.token().status == 0); // another process, the same credentials: early
        BOOST_TEST(mock.end(number) == (counts{2, 1, 2, 1, 0, 4}));
    }
}

BOOST_AUTO_TEST_CASE(fail_is_the_share_of_503s)
{
    running_mock always({"--fail", "100%"});
    BOOST_TEST(always.token().status == 10);
    BOOST_TEST(always.token().status == 10);
    BOOST_TEST(always.end(SIGTERM) == (counts{2, 0, 0, 0, 2, 2}));

    running_mock never({"--fail", "0"});
    for (int n = 0; n < 5; ++n)
        BOOST_TEST(never.token().status == 0);
    BOOST_TEST(never.end(SIGTERM) == (counts{5, 4, 0, 0, 0, 5}));

    running_mock mostly({"--fail=0.999"});
    int failed = 0;
    for (int n = 0; n < 5; ++n)
        failed += mostly.token().status == 10;
    BOOST_TEST(failed >= 3); // all but one in 10 million runs
    BOOST_TEST(mostly.end(SIGTERM).failed == failed);
}

BOOST_AUTO_TEST_CASE(lifetime_and_latency_are_what_was_asked_for)
{
    running_mock mock({"--expires-in", "2m", "--latency", "300ms"});
    const ended_process result =
        run(tool({"token", "--format", "json", "--base-url", mock.url(), "--ca-file", mock.ca_file()}));
    BOOST_TEST(parse_token(result.out).expires_in == 120);
    BOOST_TEST(result.took.count() >= 300);
    mock.end(SIGTERM);
}

BOOST_AUTO_TEST_CASE(a_signal_right_behind_the_url_is_not_lost)
{
    for (int n = 0; n < 20; ++n) {
        process child(tool({"mock"}));
        child.read_lines(1);
        child.send_signal(n % 2 == 0 ? SIGINT : SIGTERM);
        const ended_process result = child.wait();
        BOOST_TEST(result.status == 0);
        BOOST_TEST(lines_of(result.out).size() == 2U);
    }
}

BOOST_AUTO_TEST_CASE(the_certificate_may_come_on_stdout_behind_the_url)
{
    process child(tool({"mock", "--ca-out", "-"}));
    child.read_lines(3);
    child.send_signal(SIGTERM);
    const auto lines = lines_of(child.wait().out);
    BOOST_TEST(lines.at(0).starts_with("https://"));
    BOOST_TEST(lines.at(1) == "-----BEGIN CERTIFICATE-----");
    BOOST_TEST(lines.at(lines.size() - 2) == "-----END CERTIFICATE-----");
    BOOST_TEST((parse_counts(lines.back()) == counts{0, 0, 0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(it_ends_with_stdin_where_asked_to)
{
    process child(tool({"mock", "--until-stdin-closes"}));
    child.read_lines(1);
    const ended_process result = child.wait(); // closes its stdin
    BOOST_TEST(result.status == 0);
    BOOST_TEST(lines_of(result.out).size() == 2U);
}

BOOST_AUTO_TEST_CASE(what_it_cannot_have_is_3)
{
    running_mock first;
    const std::string port = first.url().substr(first.url().rfind(':') + 1);
    const ended_process taken = run(tool({"mock", "--port", port}));
    BOOST_TEST(taken.status == 3);
    BOOST_TEST(taken.out == "");
    BOOST_TEST(taken.err == "faceki mock: cannot listen on 127.0.0.1:" + port + ": Address already in use\n");

    for (const char* file : {"/nonexistent/ca.pem", "/dev/full", "/"}) {
        const ended_process unwritable = run(tool({"mock", "--ca-out", file}));
        BOOST_TEST(unwritable.status == 3);
        BOOST_TEST(unwritable.out == "");
        BOOST_TEST(unwritable.err == std::string("faceki mock: cannot write the CA certificate to ") + file + '\n');
    }

    for (const stream_kind out : {stream_kind::full, stream_kind::closed, stream_kind::dead_pipe}) {
        process_setup setup = tool({"mock"});
        setup.out = out;
        const ended_process silent = run(setup);
        BOOST_TEST(silent.status == 3);
        BOOST_TEST(silent.err.starts_with("faceki mock: cannot write to stdout: "));
    }
    first.end(SIGTERM);
}

BOOST_AUTO_TEST_SUITE_END()
