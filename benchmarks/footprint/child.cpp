// popen() of this very file.
#include "footprint/child.hpp"

#include <filesystem>
#include <poll.h>
#include <unistd.h>

#include "harness/side_by_side.hpp"

namespace footprint {

child::child(const char* argument)
{
    const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    output_.reset(::popen(("exec '" + program + "' " + argument).c_str(), "re"));
    faceki::bench::require(output_ != nullptr, "a child process");
}

std::string child::read_line()
{
    std::string line;
    int c = 0;
    while ((c = std::fgetc(output_.get())) != EOF && c != '\n')
        line += static_cast<char>(c);
    return line;
}

std::string child::read_paragraph()
{
    std::string text;
    for (std::string line = read_line(); !line.empty(); line = read_line())
        text += line + '\n';
    return text;
}

void child::end::operator()(std::FILE* output) const noexcept
{
    ::pclose(output);
}

void wait_for_parent()
{
    pollfd output{STDOUT_FILENO, 0, 0}; // an error is told unasked
    while (::poll(&output, 1, -1) < 0) {
    }
}

} // namespace footprint
