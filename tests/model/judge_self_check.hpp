// Whether the judge can say no: each property is broken once, by a log written by hand.
#pragma once

#include <iosfwd>

namespace faceki::model {

/// Returns how many of the bad logs passed, or were refused for another reason than theirs; prints those.
int judge_self_check(std::ostream& out);

} // namespace faceki::model
