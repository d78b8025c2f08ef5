// access_token and the data behind it.
#include <faceki/access_token.hpp>

#include <ostream>
#include <utility>

#include "crypto/secret.hpp"
#include "refresh/thread_slots.hpp"
#include "refresh/token_data.hpp"

namespace faceki {

token_data::token_data(std::string_view token)
{
    header.reserve(scheme.size() +
                   token.size()); // once: a second allocation would leave a copy of the token in freed memory
    header.append(scheme).append(token);
}

token_data::token_data(const token_data& other, const thread_slots* owner)
    : header(other.header), deadlines(other.deadlines), expires_in(other.expires_in), holds(owner)
{
}

token_data::~token_data()
{
    crypto::wipe(header);
}

access_token token_data::handle(std::unique_ptr<const token_data> data) noexcept
{
    return access_token{data.release()};
}

void access_token::hold() const noexcept
{
    data_->holds.add();
}

void access_token::let_go() noexcept
{
    if (data_->holds.remove())
        delete data_;
    else if (this_threads_slots != nullptr && this_threads_slots->has_orphans()) [[unlikely]]
        this_threads_slots->bury();
}

std::string_view access_token::value() const& noexcept
{
    return data_ ? std::string_view{data_->header}.substr(token_data::scheme.size()) : std::string_view{};
}

std::string access_token::value() &&
{
    return std::string{std::as_const(*this).value()};
}

std::string_view access_token::authorization() const& noexcept
{
    return data_ ? std::string_view{data_->header} : std::string_view{};
}

std::string access_token::authorization() &&
{
    return std::string{std::as_const(*this).authorization()};
}

boot_clock::time_point access_token::use_until() const noexcept
{
    return data_ ? data_->deadlines.use_until : boot_clock::time_point{};
}

boot_clock::time_point access_token::regenerate_after() const noexcept
{
    return data_ ? data_->deadlines.regenerate_after : boot_clock::time_point{};
}

boot_clock::duration access_token::expires_in() const noexcept
{
    return data_ ? data_->expires_in : boot_clock::duration{};
}

bool operator==(const access_token& a, const access_token& b) noexcept
{
    if (a.data_ == b.data_)
        return true;
    const std::string_view left = a.value();
    const std::string_view right = b.value();
    if (left.size() != right.size())
        return false;
    unsigned char difference = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
        difference |= static_cast<unsigned char>(left[i] ^ right[i]);
    return difference == 0;
}

std::ostream& operator<<(std::ostream& out, const access_token& token)
{
    if (!token)
        return out << "access_token(empty)";
    return out << "access_token(redacted, " << token.value().size() << " bytes)";
}

} // namespace faceki
