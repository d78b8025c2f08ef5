// What every case sees, compiled once for all of them.
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <faceki/authorized.hpp>
#include <faceki/client.hpp>
