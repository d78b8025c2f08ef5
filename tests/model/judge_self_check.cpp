// stub
#include "model/judge_self_check.hpp"
#include <ostream>
namespace faceki::model {
int judge_self_check(std::ostream&)
{
    return 0;
}
} // namespace faceki::model
