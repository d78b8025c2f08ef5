// Memory that held a secret is overwritten before it is given back.
#pragma once

#include <cstddef>
#include <string>

namespace faceki::crypto {

/// Overwrites memory in a way the optimiser cannot drop.
void wipe(void* data, std::size_t size) noexcept;

/// Overwrites the whole capacity of `text` and leaves it empty.
void wipe(std::string& text) noexcept;

/// A std::string that is wiped at scope end.
class scoped_secret {
public:
    explicit scoped_secret(std::string text) noexcept : text_(std::move(text)) {}
    ~scoped_secret() { wipe(text_); }
    scoped_secret(const scoped_secret&) = delete;
    scoped_secret& operator=(const scoped_secret&) = delete;
    std::string& operator*() noexcept { return text_; }
    const std::string& operator*() const noexcept { return text_; }

private:
    std::string text_;
};

} // namespace faceki::crypto
