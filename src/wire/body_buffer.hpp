// The memory a decoded body grows in. Private to this room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "crypto/secret.hpp"

namespace faceki::wire {

/// Bytes that are wiped wherever they leave, with room behind them.
class body_buffer {
public:
    explicit body_buffer(std::size_t padding) : padding_(padding) { reserve(first_capacity - padding_); }
    ~body_buffer() { crypto::wipe(data_.get(), size_); }
    body_buffer(const body_buffer&) = delete;
    body_buffer& operator=(const body_buffer&) = delete;

    void reserve(std::size_t size)
    {
        if (size + padding_ <= capacity_)
            return;
        const std::size_t larger = std::max(size + padding_, 2 * capacity_);
        auto data = std::make_unique_for_overwrite<char[]>(larger);
        if (size_ > 0)
            std::memcpy(data.get(), data_.get(), size_);
        crypto::wipe(data_.get(), size_);
        data_ = std::move(data);
        capacity_ = larger;
    }
    void append(std::string_view bytes)
    {
        reserve(size_ + bytes.size());
        if (!bytes.empty())
            std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
        size_ += bytes.size();
    }
    void clear() noexcept
    {
        crypto::wipe(data_.get(), size_);
        size_ = 0;
    }
    char* data() noexcept { return data_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }

private:
    static constexpr std::size_t first_capacity = 4096; // holds a usual reply without growing

    const std::size_t padding_;
    std::unique_ptr<char[]> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace faceki::wire
