// getaddrinfo() of this program, in front of libc's.
#include "sweep/name_service.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include <dlfcn.h>
#include <netdb.h>

namespace faceki_test::sweep {

struct name_service::entry {
    std::mutex mutex;
    std::condition_variable changed;
    bool hangs = false;
    int code = EAI_NONAME;
    std::vector<place> places;
    int asked = 0;
    int inside = 0;
};

namespace {

using entry_ptr = std::shared_ptr<name_service::entry>;
using lookup_function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);

struct table {
    std::mutex mutex;
    std::map<std::string, entry_ptr> names;
};

table& all()
{
    static table& instance = *new table; // lookups may outlive static destruction
    return instance;
}

entry_ptr find(const char* node)
{
    const std::scoped_lock lock(all().mutex);
    const auto found = node != nullptr ? all().names.find(node) : all().names.end();
    return found != all().names.end() ? found->second : nullptr;
}

lookup_function system_lookup()
{
    static const auto function = reinterpret_cast<lookup_function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    return function;
}

/// A list made by the system's own function for each address, so that its freeaddrinfo() can take it apart.
int list_of(const std::vector<place>& places, const addrinfo* hints, addrinfo** found)
{
    addrinfo** end = found;
    for (const place& p : places) {
        addrinfo numeric = hints != nullptr ? *hints : addrinfo{};
        numeric.ai_flags |= AI_NUMERICHOST | AI_NUMERICSERV;
        if (const int code = system_lookup()(p.address.c_str(), std::to_string(p.port).c_str(), &numeric, end);
            code != 0)
            return code;
        while (*end != nullptr)
            end = &(*end)->ai_next;
    }
    return 0;
}

int look_up(name_service::entry& name, const addrinfo* hints, addrinfo** found)
{
    std::unique_lock lock(name.mutex);
    ++name.asked;
    ++name.inside;
    name.changed.wait(lock, [&name] { return !name.hangs; });
    *found = nullptr;
    const int code = name.code != 0 ? name.code : list_of(name.places, hints, found);
    --name.inside;
    name.changed.notify_all();
    return code;
}

} // namespace

name_service::name_service(std::string host) : host_(std::move(host)), entry_(std::make_shared<entry>())
{
    const std::scoped_lock lock(all().mutex);
    all().names[host_] = entry_;
}

name_service::~name_service()
{
    {
        const std::scoped_lock lock(all().mutex);
        all().names.erase(host_);
    }
    fail(EAI_AGAIN);
    std::unique_lock lock(entry_->mutex);
    entry_->changed.wait(lock, [this] { return entry_->inside == 0; });
}

void name_service::answer(std::vector<place> places)
{
    const std::scoped_lock lock(entry_->mutex);
    entry_->hangs = false;
    entry_->code = 0;
    entry_->places = std::move(places);
    entry_->changed.notify_all();
}

void name_service::fail(int gai_code)
{
    const std::scoped_lock lock(entry_->mutex);
    entry_->hangs = false;
    entry_->code = gai_code;
    entry_->changed.notify_all();
}

void name_service::hang()
{
    const std::scoped_lock lock(entry_->mutex);
    entry_->hangs = true;
}

int name_service::asked() const
{
    const std::scoped_lock lock(entry_->mutex);
    return entry_->asked;
}

int name_service::hanging() const
{
    const std::scoped_lock lock(entry_->mutex);
    return entry_->inside;
}

} // namespace faceki_test::sweep

extern "C" __attribute__((visibility("default"))) int getaddrinfo(const char* node, const char* service,
                                                                  const addrinfo* hints, addrinfo** found)
{
    using namespace faceki_test::sweep;
    if (const entry_ptr name = find(node))
        return look_up(*name, hints, found);
    return system_lookup()(node, service, hints, found);
}
