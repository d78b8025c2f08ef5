// Whether token() may wait without a coroutine of its own, which takes Asio's internals and so one version of it.
// Everywhere alike in a program. Not for users.
#pragma once

#include <asio/version.hpp>

/// Define FACEKI_PUBLIC_ASIO_ONLY, for the whole program, to use nothing of Asio that is not documented.
#if ASIO_VERSION == 102201 && !defined(FACEKI_PUBLIC_ASIO_ONLY)
#define FACEKI_FRAMELESS 1

namespace faceki {
class access_token;
}

namespace asio {

template <typename T, typename Executor>
class awaitable;

// Declared together with the token itself: a file that used the general template instead would not fit into the
// program. It becomes complete with <faceki/refresher.hpp>.
template <typename Executor>
class awaitable<faceki::access_token, Executor>;

} // namespace asio
#else
#define FACEKI_FRAMELESS 0
#endif
