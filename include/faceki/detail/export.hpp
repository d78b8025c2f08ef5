// Marks what a shared build of the library shows; everything else is hidden.
#pragma once

#define FACEKI_API __attribute__((visibility("default")))
