// This program once more, in a process of its own: for what happens once in a process, and for an endpoint whose memory
// is not ours.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

namespace footprint {

/// Started with one argument; what it writes is read here. The destructor waits for its end.
class child {
public:
    explicit child(const char* argument);

    /// Up to the next line end, which is left out.
    std::string read_line();
    /// Up to the next empty line, which is left out.
    std::string read_paragraph();

private:
    struct end {
        void operator()(std::FILE* output) const noexcept;
    };
    std::unique_ptr<std::FILE, end> output_;
};

/// In the child: returns when nobody is left to read what it writes.
void wait_for_parent();

} // namespace footprint
