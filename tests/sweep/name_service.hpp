// A name service of this program's own: one name that resolves, fails or hangs as a test says.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace faceki_test::sweep {

struct place {
    std::string address;
    std::uint16_t port = 0; ///< in place of the one that was asked for
};

/// While one lives, getaddrinfo() answers for its host what was set last; every other name goes to the system's.
/// At first the name does not exist. Thread safety: every function may be called from any thread.
class name_service {
public:
    explicit name_service(std::string host);
    /// Lets the lookups that hang go, and waits until they have left.
    ~name_service();
    name_service(const name_service&) = delete;
    name_service& operator=(const name_service&) = delete;

    /// Also what the lookups that hang get now.
    void answer(std::vector<place> places);
    void fail(int gai_code); ///< EAI_…
    void hang();

    int asked() const;   ///< lookups begun
    int hanging() const; ///< lookups that have not ended

    struct entry;

private:
    const std::string host_;
    const std::shared_ptr<entry> entry_;
};

} // namespace faceki_test::sweep
