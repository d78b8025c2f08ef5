// What one exchange of credentials for a token costs over TLS 1.3 on the loopback: on a new connection, on one that
// resumes a session, on a kept one; in time, in CPU time, and in heap while the connection is idle. The server is a
// real nginx in a process of its own, the same for all; its certificate is checked by all. Left out: the name service,
// a proxy, and the network's own time.
#include <malloc.h>

#include "exchange/nginx.hpp"
#include "exchange/way.hpp"
#include "harness/side_by_side.hpp"

namespace {

using namespace faceki::bench;

/// Static, so that it ends when a wrong answer exits.
const token_endpoint& endpoint()
{
    static const nginx server;
    return server.endpoint();
}

/// Of a round; the sample is their median.
int exchanges_of(connections how)
{
    return how == connections::kept ? 300 : 30;
}

/// Made when it is first measured: not all are chosen.
class lazy_way {
public:
    lazy_way(make_way& make, connections how) : make_(make), how_(how) {}

    double run(stopwatch::reads what)
    {
        if (!way_)
            way_ = make_(endpoint(), how_);
        stopwatch timed(endpoint(), how_, exchanges_of(how_), what);
        way_->run(timed);
        return timed.median_us();
    }

private:
    make_way& make_;
    const connections how_;
    std::shared_ptr<way> way_; // the harness copies
};

void add(side_by_side& bench, const std::string& name, make_way& make, connections how,
         stopwatch::reads what = stopwatch::reads::wall_clock)
{
    bench.add(name, "us", [lazy = lazy_way(make, how), what]() mutable { return lazy.run(what); });
}

std::unique_ptr<way> open_connection(make_way& make)
{
    std::unique_ptr<way> made = make(endpoint(), connections::kept);
    stopwatch one_exchange(endpoint(), connections::kept, 1);
    made->run(one_exchange);
    return made;
}

/// While the connection is open and idle. What connections share is there before.
void add_heap(side_by_side& bench, const std::string& name, make_way& make)
{
    bench.add(name, "B", [&make] {
        constexpr int count = 32;
        const auto shared = open_connection(make);
        std::vector<std::unique_ptr<way>> open;
        open.reserve(count);
        const std::size_t before = ::mallinfo2().uordblks;
        for (int n = 0; n < count; ++n)
            open.push_back(open_connection(make));
        return static_cast<double>(::mallinfo2().uordblks - before) / count;
    });
}

} // namespace

int main(int argc, char** argv)
{
    side_by_side bench;
    const auto wall = [&bench](const std::string& folder, connections how) {
        add(bench, folder + "/faceki", make_faceki, how);
        add(bench, folder + "/openssl", make_openssl, how);
        add(bench, folder + "/curl", make_curl, how);
        add(bench, folder + "/beast", make_beast, how);
        if (how != connections::resumed)
            add(bench, folder + "/httplib", make_httplib, how);
    };
    wall("exchange/cold", connections::cold);
    wall("exchange/resumed", connections::resumed);
    wall("exchange/keep_alive", connections::kept);
    add(bench, "exchange/keep_alive_cpu/faceki", make_faceki, connections::kept, stopwatch::reads::cpu_clock);
    add(bench, "exchange/keep_alive_cpu/openssl", make_openssl, connections::kept, stopwatch::reads::cpu_clock);
    add_heap(bench, "exchange/heap_per_connection/faceki", make_faceki);
    add_heap(bench, "exchange/heap_per_connection/openssl_release_buffers", make_openssl_release_buffers);
    add_heap(bench, "exchange/heap_per_connection/openssl", make_openssl);
    add_heap(bench, "exchange/heap_per_connection/beast", make_beast);
    try {
        return bench.main(argc, argv);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
