// A bearer token as a value: cheap to copy, wiped with its last copy, never printed.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include <faceki/detail/export.hpp>
#include <faceki/time.hpp>

namespace faceki {

struct token_data; // not for users

/// Handle to an immutable token; empty by default. Copies share one buffer, which is overwritten when the last copy
/// dies. A client has such a buffer for each thread that has called token(); what a destroyed client had in another
/// thread goes when that thread next uses a client or a handle, or ends.
///
/// Hold it as long as a request needs it, and ask the client again for the next request: a handle knows its deadlines,
/// but it does not learn that the token was rejected or replaced. Thread safety: different handles may be used from
/// different threads, also when they share a token. No function throws or allocates, except those that return
/// std::string (std::bad_alloc).
class FACEKI_API access_token {
public:
    access_token() noexcept = default;
    access_token(const access_token& other) noexcept : data_(other.data_)
    {
        if (data_ != nullptr)
            hold();
    }
    access_token(access_token&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
    access_token& operator=(access_token other) noexcept
    {
        std::swap(data_, other.data_);
        return *this;
    }
    ~access_token()
    {
        if (data_ != nullptr)
            let_go();
    }

    /// False for an empty handle: it holds no token, and authorization() is empty too, never a bare "Bearer ".
    explicit operator bool() const noexcept { return data_ != nullptr; }

    /// The token without "Bearer ". The view lives as long as any copy of this handle.
    std::string_view value() const& noexcept;
    /// The same as a string of its own, so that a temporary handle leaves no dangling view. The caller wipes it.
    std::string value() &&;

    /// "Bearer <token>", ready for the Authorization field (RFC 6750 section 2.1). The view lives as long as any copy
    /// of this handle.
    std::string_view authorization() const& noexcept;
    /// The same as a string of its own, so that a temporary handle leaves no dangling view: take it with `auto` or
    /// std::string (a std::string_view would dangle, as of any temporary string).
    std::string authorization() &&;

    /// At this instant and later the client hands this token to nobody. The epoch for an empty handle.
    boot_clock::time_point use_until() const noexcept;
    /// No new token is asked for before this instant (the vendor's rule), unless this one is rejected.
    boot_clock::time_point regenerate_after() const noexcept;
    /// The lifetime the endpoint gave, counted from the receipt of its answer. Zero for an empty handle.
    boot_clock::duration expires_in() const noexcept;

    /// Equal when both are empty or hold the same characters. Takes the same time wherever they differ.
    friend FACEKI_API bool operator==(const access_token&, const access_token&) noexcept;

    /// Prints "access_token(empty)" or "access_token(redacted, N bytes)".
    friend FACEKI_API std::ostream& operator<<(std::ostream&, const access_token&);

private:
    friend struct token_data;
    explicit access_token(const token_data* held) noexcept : data_(held) {}
    void hold() const noexcept;
    void let_go() noexcept;

    const token_data* data_ = nullptr;
};

} // namespace faceki
