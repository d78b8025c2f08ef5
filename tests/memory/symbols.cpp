// The ELF symbol table, mapped and sorted.
#include "memory/symbols.hpp"

#include <algorithm>
#include <cxxabi.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <memory>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

extern "C" void __real_free(void*); // what std::free is without the counting

namespace faceki::test {
namespace {

struct function {
    std::uintptr_t begin;
    std::uintptr_t size;
    const char* name;
};

std::vector<function>& functions()
{
    static std::vector<function> all;
    return all;
}

int note_base(dl_phdr_info* info, std::size_t, void* base)
{
    *static_cast<std::uintptr_t*>(base) = info->dlpi_addr;
    return 1; // the first one is the program itself
}

} // namespace

void load_symbols()
{
    if (!functions().empty())
        return;
    const int fd = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd < 0 || ::fstat(fd, &status) != 0)
        throw std::runtime_error("the test's own program cannot be read");
    // Mapped for as long as the process lives: the names stay there.
    void* const file = ::mmap(nullptr, static_cast<std::size_t>(status.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
    ::close(fd);
    if (file == MAP_FAILED)
        throw std::runtime_error("the test's own program cannot be mapped");
    std::uintptr_t base = 0;
    ::dl_iterate_phdr(note_base, &base);

    const char* const bytes = static_cast<const char*>(file);
    const auto* const head = reinterpret_cast<const ElfW(Ehdr)*>(bytes);
    const auto* const sections = reinterpret_cast<const ElfW(Shdr)*>(bytes + head->e_shoff);
    for (std::size_t i = 0; i < head->e_shnum; ++i) {
        if (sections[i].sh_type != SHT_SYMTAB)
            continue;
        const char* const names = bytes + sections[sections[i].sh_link].sh_offset;
        const auto* const symbols = reinterpret_cast<const ElfW(Sym)*>(bytes + sections[i].sh_offset);
        for (std::size_t s = 0; s < sections[i].sh_size / sizeof(ElfW(Sym)); ++s)
            if (ELF64_ST_TYPE(symbols[s].st_info) == STT_FUNC && symbols[s].st_value != 0)
                functions().push_back({base + symbols[s].st_value, symbols[s].st_size, names + symbols[s].st_name});
    }
    if (functions().empty())
        throw std::runtime_error("this program has no symbol table: whose allocation failed could not be told");
    std::sort(functions().begin(), functions().end(),
              [](const function& a, const function& b) { return a.begin < b.begin; });
}

const char* function_around(const void* return_address) noexcept
{
    // The call comes before that address, which may be another function's already if the call never returns.
    const std::uintptr_t code = reinterpret_cast<std::uintptr_t>(return_address) - 1;
    const auto after = std::upper_bound(functions().begin(), functions().end(), code,
                                        [](std::uintptr_t at, const function& f) { return at < f.begin; });
    if (after == functions().begin())
        return "";
    const function& found = *std::prev(after);
    return code < found.begin + found.size ? found.name : "";
}

std::string readable(const char* mangled)
{
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(mangled, nullptr, nullptr, &status),
                                                      __real_free);
    return status == 0 ? text.get() : mangled;
}

std::string short_name(const char* mangled)
{
    const std::string full = readable(mangled);
    std::string name;
    int depth = 0;
    for (const char c : full) {
        depth -= c == '>' || c == ')' ? 1 : 0;
        if (depth == 0 && c != ')' && c != '>')
            name += c;
        depth += c == '<' || c == '(' ? 1 : 0;
    }
    std::erase_if(name, [](char c) { return c == '<' || c == '('; });
    return name;
}

} // namespace faceki::test
