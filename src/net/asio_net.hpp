// The parts of Asio that this room needs beside those every header of the library has.
#pragma once

#include <faceki/detail/asio.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
