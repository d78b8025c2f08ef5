// What the demo prints, and when it passes.
#include "cli/demo.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>

#include "cli/duration.hpp"

namespace faceki::cli {

namespace {

/// 1234567 → "1,234,567".
std::string grouped(std::uint64_t value)
{
    std::string digits = std::to_string(value);
    for (std::size_t at = digits.size(); at > 3; at -= 3)
        digits.insert(at - 3, 1, ',');
    return digits;
}

std::string latency_row(const percentiles& p)
{
    std::ostringstream out;
    for (const auto value : {p.p50, p.p90, p.p99, p.p999, p.max})
        out << std::setw(11) << format_duration(value);
    return out.str();
}

void latency_json(std::ostream& out, const char* name, const percentiles& p)
{
    out << '"' << name << "\":{\"samples\":" << p.samples << ",\"p50\":" << p.p50.count()
        << ",\"p90\":" << p.p90.count() << ",\"p99\":" << p.p99.count() << ",\"p999\":" << p.p999.count()
        << ",\"max\":" << p.max.count() << '}';
}

} // namespace

std::vector<std::string> demo_report::failures(const demo_options& options) const
{
    std::vector<std::string> why;
    const auto expect = [&why](bool holds, const std::string& text) {
        if (!holds)
            why.push_back(text);
    };
    expect(errors == 0, grouped(errors) + " calls failed, the first with: " + first_error);
    expect(lost == 0, grouped(lost) + " coroutines never got their last token");
    expect(flights.size() == options.rollovers + 1, "only " + grouped(flights.size()) + " tokens came");
    expect(requests_sent == options.rollovers + 1,
           "the client counted " + grouped(requests_sent) + " token requests, not " + grouped(options.rollovers + 1));
    for (std::size_t n = 1; n < flights.size(); ++n)
        expect(flights[n].waited * 10 >= options.coroutines * 3,
               "at rollover " + grouped(n) + " only " + grouped(flights[n].waited) + " coroutines had to wait");
    if (endpoint) {
        expect(endpoint->requests == options.rollovers + 1, "the endpoint counted " + grouped(endpoint->requests) +
                                                                " token requests, not " +
                                                                grouped(options.rollovers + 1));
        expect(endpoint->early == 0, "the endpoint counted " + grouped(endpoint->early) + " early requests");
        expect(endpoint->dead == 0, "the endpoint was shown " + grouped(endpoint->dead) + " dead tokens");
        expect(endpoint->presented != 0, "no token was ever shown to the endpoint");
    }
    return why;
}

void print_flight(std::size_t number, const flight_report& flight)
{
    std::cout << (number == 0 ? "first token " : "rollover " + std::to_string(number) + "  ") << std::setw(10)
              << grouped(flight.waited) << " waiting → 1 POST (" << (flight.cold ? "cold" : "warm") << ", "
              << format_duration(flight.exchange) << "), all served in " << format_duration(flight.all_served)
              << std::endl;
}

void print_table(const demo_options& options, const demo_report& report)
{
    const auto row = [](const std::string& name, const std::string& ours, const std::string& naive) {
        std::cout << "  " << std::left << std::setw(34) << name << std::right << std::setw(16) << ours << std::setw(22)
                  << naive << '\n';
    };
    std::cout << '\n';
    row("", "one client", report.naive ? "no single flight" : "");
    row("coroutines", grouped(options.coroutines), report.naive ? grouped(report.naive->coroutines) : "");
    const std::string naive_requests = report.naive ? grouped(report.naive->requests) + " for 1 token" : "";
    if (report.endpoint) {
        row("token requests (endpoint's count)",
            grouped(report.endpoint->requests) + " for " + grouped(options.rollovers + 1), naive_requests);
        row("early requests", grouped(report.endpoint->early), report.naive ? grouped(report.naive->early) : "");
        row("dead tokens used, of presented",
            grouped(report.endpoint->dead) + " of " + grouped(report.endpoint->presented), "");
    } else {
        row("token requests (client's count)", grouped(report.requests_sent), naive_requests);
    }
    row("coroutines lost", grouped(report.lost), "");
    row("time for one token, all served",
        report.flights.empty() ? ""
                               : format_duration(report.flights.front().exchange + report.flights.front().all_served),
        report.naive ? format_duration(report.naive->took) : "");
    std::cout << "\n  latency, call by call             p50        p90        p99      p99.9        max\n"
              << "  cached " << std::setw(12) << grouped(report.cached.samples) << " calls  "
              << latency_row(report.cached) << '\n'
              << "  waiting" << std::setw(12) << grouped(report.waiting.samples) << " calls  "
              << latency_row(report.waiting) << '\n'
              << "  (waiting = joined before or after the token's end until its successor came: the endpoint's latency "
                 "is in it)\n\n";
    const auto failures = report.failures(options);
    for (const std::string& why : failures)
        std::cout << "  " << why << '\n';
    std::cout << "Next: faceki demo --coroutines 1000000, faceki demo --format json, ./dev bench"
              << (options.live ? "" : ", or --live with FACEKI_CLIENT_ID and FACEKI_CLIENT_SECRET set") << '\n'
              << (failures.empty() ? "PASS" : "FAIL") << std::endl;
}

void print_json(const demo_options& options, const demo_report& report)
{
    std::ostream& out = std::cout;
    out << "{\"coroutines\":" << options.coroutines << ",\"threads\":" << options.threads
        << ",\"calls\":" << report.calls << ",\"errors\":" << report.errors
        << ",\"requests_sent\":" << report.requests_sent << ",\"rollovers\":" << options.rollovers
        << ",\"waiters_lost\":" << report.lost << ",\"queued_per_rollover\":[";
    for (std::size_t n = 1; n < report.flights.size(); ++n)
        out << (n == 1 ? "" : ",") << report.flights[n].waited;
    out << "],\"flights\":[";
    for (std::size_t n = 0; n < report.flights.size(); ++n) {
        const flight_report& f = report.flights[n];
        out << (n == 0 ? "" : ",") << "{\"waited\":" << f.waited << ",\"cold\":" << (f.cold ? "true" : "false")
            << ",\"exchange_ns\":" << f.exchange.count() << ",\"all_served_ns\":" << f.all_served.count() << '}';
    }
    out << "],\"endpoint\":";
    if (report.endpoint)
        out << "{\"requests\":" << report.endpoint->requests << ",\"early\":" << report.endpoint->early
            << ",\"dead\":" << report.endpoint->dead << ",\"presented\":" << report.endpoint->presented << '}';
    else
        out << "null";
    out << ",\"naive\":";
    if (report.naive)
        out << "{\"coroutines\":" << report.naive->coroutines << ",\"requests\":" << report.naive->requests
            << ",\"early\":" << report.naive->early << ",\"took_ns\":" << report.naive->took.count() << '}';
    else
        out << "null";
    out << ",\"latency_ns\":{";
    latency_json(out, "cached", report.cached);
    out << ',';
    latency_json(out, "waiting", report.waiting);
    out << "},\"took_ns\":" << report.took.count()
        << ",\"pass\":" << (report.failures(options).empty() ? "true" : "false") << '}' << std::endl;
    for (const std::string& why : report.failures(options))
        std::cerr << why << '\n';
}

} // namespace faceki::cli
