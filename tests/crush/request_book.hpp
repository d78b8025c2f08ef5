// What an endpoint writes down about one client, and what it would complain about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include <faceki/token_source.hpp>

#include "crush/tally.hpp"

namespace faceki::crush {

/// What the client was configured to keep.
struct request_rules {
    boot_clock::duration refresh_ahead{0};
    int max_attempts = 3;
    std::uint64_t hard_per_hour = 0; ///< 0 = no limit
};

/// All instants are read by the source on the safe side: what is blamed here is wrong whatever happened in between.
/// Thread safety: any thread.
class request_book {
public:
    request_book(const request_rules& rules, tally& counts) : rules_(rules), counts_(counts) {}

    /// One attempt, from its arrival to the end of its coroutine (which may be destroyed).
    class visit {
    public:
        visit(request_book& book, const grant_request& request, std::uint64_t generation, boot_clock::time_point now)
            : visit(book, &request, request.deadline(), generation, now)
        {
        }
        visit(request_book& book, const void* flight, boot_clock::time_point deadline, std::uint64_t generation,
              boot_clock::time_point now)
            : book_(book), who_{flight, deadline, generation}
        {
            book_.begins(who_, now);
        }
        ~visit() { book_.ends(who_); }
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;

        void sends(boot_clock::time_point now) const { book_.sends(now); }
        void grants(boot_clock::time_point received, boot_clock::duration expires_in, boot_clock::time_point now) const
        {
            book_.grants(who_, received, expires_in, now);
        }
        void fails(boot_clock::time_point now) const { book_.fails(who_, now); }

    private:
        friend class request_book;
        struct identity {
            const void* flight;
            boot_clock::time_point deadline;
            std::uint64_t generation;

            bool operator==(const identity&) const = default;
        };

        request_book& book_;
        const identity who_;
    };

    /// Requests that were sent.
    std::size_t requests() const;
    /// Flights that began while the last token lived. Each needs a reason of its own.
    std::size_t early() const;

private:
    using identity = visit::identity;
    enum class last { open, granted, failed };

    void begins(const identity& who, boot_clock::time_point now);
    void ends(const identity& who);
    void sends(boot_clock::time_point now);
    void grants(const identity& who, boot_clock::time_point received, boot_clock::duration expires_in,
                boot_clock::time_point now);
    void fails(const identity& who, boot_clock::time_point now);

    const request_rules rules_;
    tally& counts_;
    mutable std::mutex mutex_;
    std::vector<identity> running_;
    identity latest_{nullptr, {}, 0};
    last outcome_ = last::open;
    boot_clock::time_point permitted_from_{}; ///< after a grant
    boot_clock::time_point failed_at_{};
    int attempts_ = 0;
    std::deque<boot_clock::time_point> sent_; ///< within the last hour, where there is a budget
    std::size_t requests_ = 0;
    std::size_t early_ = 0;
};

} // namespace faceki::crush
