// What clients cost that do nothing: heap for each of many in one process, for each waiter, and the constructor's time.
#include <string_view>

#include "footprint/construction.hpp"
#include "footprint/heap.hpp"

int main(int argc, char** argv)
{
    // As this program starts itself.
    const std::string_view role = argc == 2 ? argv[1] : "";
    if (role == "endpoint") {
        footprint::serve_endpoint();
        return 0;
    }
    if (role == "construct") {
        footprint::construct();
        return 0;
    }
    faceki::bench::side_by_side cases;
    cases.add("footprint/heap_per_client/idle", "B", [] { return footprint::heap_per_client(false); });
    cases.add("footprint/heap_per_client/with_connection", "B", [] { return footprint::heap_per_client(true); });
    cases.add("footprint/heap_per_waiter", "B", footprint::heap_per_waiter);
    cases.add("footprint/construct", [] { return footprint::construction("footprint/construct"); });
    return cases.main(argc, argv);
}
