// Configuration, start, end.
#include "exchange/nginx.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <faceki/testing/throwaway_ca.hpp>

namespace faceki::bench {
namespace {

/// Thrown, so that what was started ends; require() would exit.
void ensure(bool holds, const char* problem)
{
    if (!holds)
        throw std::runtime_error(std::string("nginx: ") + problem);
}

std::filesystem::path new_folder()
{
    std::string name = (std::filesystem::temp_directory_path() / "faceki-nginx-XXXXXX").string();
    ensure(::mkdtemp(name.data()) != nullptr, "no temporary folder");
    return name;
}

/// The server on another core than we, as on another machine. Left to the scheduler they share a core in some rounds
/// and not in others, which makes a factor of three.
void run_on(std::size_t number)
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    ::sched_getaffinity(0, sizeof allowed, &allowed);
    if (static_cast<std::size_t>(CPU_COUNT(&allowed)) <= number)
        return;
    std::size_t cpu = 0;
    while (!CPU_ISSET(cpu, &allowed) || number-- != 0)
        ++cpu;
    cpu_set_t wanted;
    CPU_ZERO(&wanted);
    CPU_SET(cpu, &wanted);
    ::sched_setaffinity(0, sizeof wanted, &wanted);
}

sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// nginx takes no port 0. Another process may be quicker than it: then it does not come up, and the next one is tried.
std::uint16_t free_port()
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    const bool bound = fd >= 0 && ::bind(fd, any, size) == 0 && ::getsockname(fd, any, &size) == 0;
    ensure(bound, "no free port");
    ::close(fd);
    return ntohs(address.sin_port);
}

} // namespace

nginx::nginx(std::filesystem::path folder) : folder_(std::move(folder)) {}

// From here on it is an object: its destructor runs, whatever fails below.
nginx::nginx() : nginx(new_folder())
{
    // 885 bytes of body, as documented. $ssl_session_reused is "r" or ".".
    const std::string rest(799, 'k');
    endpoint_.token_of_new_session = "." + rest;
    endpoint_.token_of_resumed_session = "r" + rest;

    const testing::throwaway_ca ca;
    const testing::certificate own = ca.issue();
    endpoint_.ca_pem = ca.ca_pem();
    endpoint_.ca_file = folder_ / "ca.pem";
    write("ca.pem", ca.ca_pem());
    write("chain.pem", own.chain_pem);
    write("key.pem", own.key_pem);
    for (int tries = 0; tries < 3 && !answers(); ++tries) {
        stop();
        endpoint_.port = free_port();
        write("nginx.conf", configuration());
        start();
        for (int pauses = 0; pauses < 100 && !answers(); ++pauses)
            std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    ensure(answers(), "it does not come up");
    run_on(0);
}

nginx::~nginx()
{
    stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void nginx::write(const char* name, const std::string& text) const
{
    std::ofstream file(folder_ / name);
    file << text;
    ensure(static_cast<bool>(file.flush()), "a file cannot be written");
}

std::string nginx::configuration() const
{
    const std::string token = "${ssl_session_reused}" + endpoint_.token_of_new_session.substr(1);
    // A lifetime below limits.max_connection_idle: with longer ones the library keeps no connection.
    const std::string reply =
        R"({"responseCode":0,"data":{"access_token":")" + token + R"(","expires_in":30.0,"token_type":"Bearer"}})";
    return R"(daemon off;
master_process off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
    access_log off;
    default_type application/json;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
    server {
        listen 127.0.0.1:)" +
           std::to_string(endpoint_.port) + R"( ssl;
        ssl_certificate chain.pem;
        ssl_certificate_key key.pem;
        ssl_protocols TLSv1.3;
        location = )" +
           std::string(token_endpoint::target) + R"( { return 200 ')" + reply + R"('; }
    }
}
)";
}

void nginx::start()
{
    const std::string prefix = folder_.string() + "/";
    const std::string config = folder_ / "nginx.conf";
    const std::string errors = folder_ / "error.log";
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    ensure(pid_ >= 0, "no process");
    if (pid_ != 0)
        return;
    run_on(1);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() == parent)
        ::execl(FACEKI_NGINX, "nginx", "-p", prefix.c_str(), "-c", config.c_str(), "-e", errors.c_str(), nullptr);
    ::_exit(127);
}

/// Whoever listens on the port: our own process must be alive too.
bool nginx::answers() const
{
    int status = 0;
    if (pid_ <= 0 || ::waitpid(pid_, &status, WNOHANG) != 0)
        return false;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(endpoint_.port);
    const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    return connected;
}

void nginx::stop() noexcept
{
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGTERM);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

} // namespace faceki::bench
