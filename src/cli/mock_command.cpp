// The endpoint as a process.
#include "cli/mock_command.hpp"

#include <csignal>
#include <fstream>
#include <iostream>
#include <unistd.h>

#include <faceki/detail/asio.hpp>
#include <faceki/testing/mock_endpoint.hpp>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/signal_set.hpp>

namespace faceki::cli {

int mock_command::run() const
{
    testing::mock_options options;
    options.port = port;
    options.lifetime = expires_in;
    options.latency = latency;
    options.client_id.clear(); // any credentials: it is for trying things out
    testing::mock_endpoint endpoint(options);
    std::cout << endpoint.url() << '\n';
    if (ca_out == "-") {
        std::cout << endpoint.ca_pem();
    } else if (!ca_out.empty()) {
        std::ofstream file(ca_out);
        file << endpoint.ca_pem();
        if (!file.flush()) {
            std::cerr << "faceki mock: cannot write " << ca_out << '\n';
            return 3;
        }
    }
    std::cout.flush();

    asio::io_context io;
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](error_code, int) { io.stop(); });
    asio::posix::stream_descriptor input(io);
    if (until_stdin_closes) {
        input.assign(::dup(STDIN_FILENO));
        input.async_wait(asio::posix::stream_descriptor::wait_read, [&](error_code) { io.stop(); });
    }
    io.run();

    std::cout << "{\"requests\":" << endpoint.requests() << ",\"early\":" << endpoint.early()
              << ",\"presented\":" << endpoint.presented() << ",\"dead\":" << endpoint.dead()
              << ",\"accepted\":" << endpoint.accepted() << "}\n";
    return 0;
}

} // namespace faceki::cli
